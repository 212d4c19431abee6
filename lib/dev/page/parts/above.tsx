import type { Draft } from '../draft.ts'
import { gist } from './chat-list.tsx'
import { IconButton } from './icon.tsx'
import { nameOf } from './people.tsx'

/** The message that the draft answers or edits, above the input. */
export function Above(props: { draft: Draft; isForced: boolean; onNeverMind: () => void }) {
  const { editing, replyTo } = props.draft
  const about = editing ?? replyTo
  if (about === undefined) {
    return props.isForced ? <p class="above">The bot waits for an answer to its message</p> : null
  }
  return (
    <p class="above">
      <span>
        <b>{editing ? 'Edit' : `Answer to ${nameOf(about.from)}`}</b> {gist(about)}
      </span>
      <IconButton icon="close" title="Never mind" onClick={props.onNeverMind} />
    </p>
  )
}
