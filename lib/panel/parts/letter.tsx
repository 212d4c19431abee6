import type { DeadLetter, Moved, Which } from '../../contract.ts'
import { useLanguage } from '../text/language.tsx'
import { Action } from './action.tsx'

interface LetterProps {
  letter: DeadLetter
  /** Shown once above the group. A letter shows its own cause only where it differs, for example in numbers. */
  causeOfGroup: string | undefined
  onMove: (action: Moved['action'], which: Which) => Promise<void>
}

/** One dead letter. Its payload is untrusted: it is shown as plain text only. */
export function Letter({ letter, causeOfGroup, onMove }: LetterProps) {
  const { text, format } = useLanguage()
  const { dead } = text
  const id = letter.update_id
  return (
    <li class="letter">
      <div class="letter-head">
        <h4>{dead.update(id)}</h4>
        <div class="actions">
          <Action
            kind="small"
            label={`${dead.discard}: ${dead.update(id)}`}
            onAct={() => onMove('discard', { update_id: id })}
          >
            {dead.discard}…
          </Action>
          <Action
            kind="small"
            label={`${dead.replay}: ${dead.update(id)}`}
            onAct={() => onMove('replay', { update_id: id })}
          >
            {dead.replay}…
          </Action>
        </div>
      </div>
      <dl>
        <div>
          <dt>{dead.died}</dt>
          <dd>{format.moment(letter.died_at)}</dd>
        </div>
        {letter.accepted_at && (
          <div>
            <dt>{dead.accepted}</dt>
            <dd>{format.moment(letter.accepted_at)}</dd>
          </div>
        )}
        <div>
          <dt>{dead.chat}</dt>
          <dd>
            <code>{letter.chat_key}</code>
          </dd>
        </div>
        <div>
          <dt>{text.boxes.attempts}</dt>
          <dd>{format.number(letter.attempts)}</dd>
        </div>
        {letter.replays > 0 && (
          <div>
            <dt>{dead.replays}</dt>
            <dd>{dead.replayed(letter.replays)}</dd>
          </div>
        )}
      </dl>
      {letter.cause.message !== causeOfGroup && <p class="letter-cause">{letter.cause.message}</p>}
      <details>
        <summary>
          {dead.payload} <small>{format.bytes(letter.bytes)}</small>
        </summary>
        <pre tabIndex={0} role="region" aria-label={`${dead.payload}, ${dead.update(id)}`}>
          {pretty(letter.payload)}
        </pre>
      </details>
    </li>
  )
}

/** Indents the JSON. Leaves it as it is where it has numbers that JSON.parse would round. */
function pretty(payload: string): string {
  if (/\d{16}/.test(payload)) return payload
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}
