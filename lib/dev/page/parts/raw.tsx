/** The raw update of a message, or the raw calls that sent it. */
import type { Call, ShownMessage } from '../../simulator/wire.ts'
import { model, showUpdate } from '../model.ts'
import { duration, exactTimeOf } from './time.ts'

export function Raw({ shown }: { shown: ShownMessage }) {
  const timelines = shown.updateIds.flatMap((id) => model.timelines.get(id) ?? [])
  const calls = shown.callIds.flatMap((id) => model.calls.get(id) ?? [])
  return (
    <div class="raw">
      {timelines.map(({ updateId, kind, raw }, index) => (
        <details key={updateId} open={index === 0}>
          <summary>
            Update {updateId}, {kind}
          </summary>
          <Json value={raw} />
          <button type="button" class="quiet" onClick={() => showUpdate(updateId)}>
            Its timeline
          </button>
        </details>
      ))}
      {calls.map((call, index) => (
        <RawCall key={call.id} call={call} open={timelines.length === 0 && index === 0} />
      ))}
      {timelines.length + calls.length === 0 && <p>Nothing is known of this message any more.</p>}
    </div>
  )
}

export function RawCall({ call, open = false }: { call: Call; open?: boolean }) {
  const answer = call.error ?? call.result ?? null
  return (
    <details open={open}>
      <summary>
        {call.method} <span class={call.status === 200 ? 'good' : 'bad'}>{call.status ?? 'no answer'}</span>{' '}
        <small>
          {exactTimeOf(call.at)}
          {call.ms === undefined ? '' : `, ${duration(call.ms)}`}
        </small>
      </summary>
      {call.fault !== undefined && <p class="chip fault">{call.fault}</p>}
      <h4>Sent</h4>
      <Json value={call.params} />
      <h4>Answered</h4>
      <Json value={answer} />
      {call.updateId !== null && (
        <button type="button" class="quiet" onClick={() => showUpdate(call.updateId ?? 0)}>
          Timeline of update {call.updateId}
        </button>
      )}
    </details>
  )
}

export const Json = ({ value }: { value: unknown }) => (
  <pre class="json">{JSON.stringify(value, null, 2)}</pre>
)
