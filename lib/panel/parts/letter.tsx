import type { DeadLetter, Moved, Which } from '../../contract.ts'
import { useSpeech } from '../text/language.tsx'
import { Action } from './action.tsx'

interface LetterProps {
  letter: DeadLetter
  /** Told once above the group; a letter repeats it only where its numbers differ. */
  causeOfGroup: string | undefined
  onMove: (action: Moved['action'], which: Which) => Promise<void>
}

/** One dead letter. Its payload came from outside: it is shown as text and nothing else. */
export function Letter({ letter, causeOfGroup, onMove }: LetterProps) {
  const { text, format } = useSpeech()
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

/** Indented where that changes no value: numbers beyond what a browser counts exactly stay as they came. */
function pretty(payload: string): string {
  if (/\d{16}/.test(payload)) return payload
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}
