import { useState } from 'preact/hooks'
import type { DeadLetter, DeadLetterGroup, Moved, Which } from '../../contract.ts'
import { useLanguage } from '../text/language.tsx'
import { Action } from './action.tsx'
import { Letter } from './letter.tsx'

interface LetterGroupProps {
  group: DeadLetterGroup
  /** The letters of the group that are loaded so far. */
  letters: readonly DeadLetter[]
  hasMore: boolean
  onMore: () => void
  onMove: (action: Moved['action'], which: Which) => Promise<void>
}

/** All dead letters of one cause. */
export function LetterGroup({ group, letters, hasMore, onMore, onMove }: LetterGroupProps) {
  const { text, format } = useLanguage()
  const { dead } = text
  const [isOpen, setOpen] = useState(false)
  const { cause, count, fingerprint } = group
  const id = `letters-${fingerprint}`
  return (
    <li class="group">
      <div class="group-head">
        <span class="group-count">{format.number(count)}</span>
        <div class="group-cause">
          <h3>{cause.message || dead.noMessage}</h3>
          <p>
            <code>{[cause.name, cause.code].filter(Boolean).join(' · ')}</code>{' '}
            {dead.newest(format.moment(group.newest_at))}
          </p>
        </div>
        <div class="actions">
          <button
            type="button"
            class="button small"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? dead.hide : dead.show}
          </button>
          <Action kind="small" onAct={() => onMove('discard', { fingerprint })}>
            {dead.discardGroup}…
          </Action>
          <Action kind="small" onAct={() => onMove('replay', { fingerprint })}>
            {dead.replayGroup}…
          </Action>
        </div>
      </div>
      <ul class="letters" id={id} hidden={!isOpen}>
        {isOpen &&
          letters.map((letter) => (
            <Letter key={letter.update_id} letter={letter} causeOfGroup={cause.message} onMove={onMove} />
          ))}
        {isOpen && hasMore && letters.length < count && (
          <li>
            <button type="button" class="button small" onClick={onMore}>
              {dead.more}
            </button>
          </li>
        )}
      </ul>
    </li>
  )
}
