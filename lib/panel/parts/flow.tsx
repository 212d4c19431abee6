/** The way of an update, with how many stand where. Accepted is settled, pending and dead together. */
import type { Status } from '../../answers.ts'
import { totalsOf } from '../state/merge.ts'
import { useNow } from '../state/now.ts'
import { useSpeech } from '../text/language.tsx'
import { When } from './when.tsx'

export function Flow({ status, readAtMs }: { status: Status; readAtMs: number }) {
  const { text, format } = useSpeech()
  const now = useNow(1000)
  const totals = totalsOf(status)
  const { detail, inbox } = status
  if (!totals || !detail || !inbox) return null
  const age = oldestSeconds(totals.pending, inbox.oldest_pending_s, (now - readAtMs) / 1000)
  const dropped = detail.dead_letters_dropped
  return (
    <section class="flow" aria-labelledby="flow-title">
      <h2 id="flow-title" class="quiet-title">
        {text.flow.title}
      </h2>
      <ol>
        <li>
          <span class="flow-name">{text.flow.accepted}</span>
          <span class="flow-count">{format.number(totals.accepted)}</span>
          <span class="flow-note">
            <When at={totals.lastAcceptedAt} />
          </span>
        </li>
        <li class={totals.pending > 0 ? 'is-live' : ''}>
          <span class="flow-name">{text.flow.pending}</span>
          <span class="flow-count">{format.number(totals.pending)}</span>
          <span class="flow-note">
            {totals.pending > 0 && text.flow.oldest(format.seconds(age), detail.mailboxes)}
          </span>
        </li>
        <li class={detail.in_flight > 0 ? 'is-live' : ''}>
          <span class="flow-name">{text.flow.inFlight}</span>
          <span class="flow-count">{format.number(detail.in_flight)}</span>
          <span class="flow-note" />
        </li>
        <li>
          <span class="flow-name">{text.flow.settled}</span>
          <span class="flow-count">{format.number(totals.settled)}</span>
          <span class="flow-note">
            <When at={totals.lastSettledAt} />
          </span>
        </li>
        <li class={`is-branch ${inbox.dead_letters > 0 ? 'bad' : ''}`}>
          <span class="flow-name">
            <a href="#/dead-letters">{text.flow.dead}</a>
          </span>
          <span class="flow-count">{format.number(inbox.dead_letters)}</span>
          <span class="flow-note">{dropped > 0 && text.flow.dropped(dropped)}</span>
        </li>
      </ol>
    </section>
  )
}

/** The age grows between two looks; with nothing pending there is none. */
function oldestSeconds(pending: number, read: number, since: number): number {
  return pending === 0 ? 0 : read + Math.max(0, since)
}
