/** The states of an update and the number of updates in each. accepted = settled + pending + dead. */
import type { Status } from '../../contract.ts'
import { totalsOf } from '../state/merge.ts'
import { useNow } from '../state/now.ts'
import { useLanguage } from '../text/language.tsx'
import { RelativeTime } from './relative-time.tsx'

/** @param fullReadAtMs when the server reported the age of the oldest update */
export function Flow({ status, fullReadAtMs }: { status: Status; fullReadAtMs: number }) {
  const { text, format } = useLanguage()
  const now = useNow(1000)
  const totals = totalsOf(status)
  const { detail, inbox } = status
  if (!totals || !detail || !inbox) return null
  const age = inbox.oldest_pending_s + Math.max(0, now - fullReadAtMs) / 1000
  // Ticks refresh the pending count; only full reads refresh the age and the number of mailboxes.
  const isKnown = totals.pending > 0 && detail.mailboxes > 0
  const inFlight = Math.min(detail.in_flight, totals.pending)
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
            <RelativeTime at={totals.lastAcceptedAt} />
          </span>
        </li>
        <li class={totals.pending > 0 ? 'is-live' : ''}>
          <span class="flow-name">{text.flow.pending}</span>
          <span class="flow-count">{format.number(totals.pending)}</span>
          <span class="flow-note">{isKnown && text.flow.oldest(format.seconds(age), detail.mailboxes)}</span>
        </li>
        <li class={inFlight > 0 ? 'is-live' : ''}>
          <span class="flow-name">{text.flow.inFlight}</span>
          <span class="flow-count">{format.number(inFlight)}</span>
          <span class="flow-note" />
        </li>
        <li>
          <span class="flow-name">{text.flow.settled}</span>
          <span class="flow-count">{format.number(totals.settled)}</span>
          <span class="flow-note">
            <RelativeTime at={totals.lastSettledAt} />
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
