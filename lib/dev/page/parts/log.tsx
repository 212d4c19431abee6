/** The log lines of the functions, their calls of the store, and their calls of Telegram. */
import { useState } from 'preact/hooks'
import { useModel } from '../model.ts'
import { Json, RawCall } from './raw.tsx'
import { duration, exactTimeOf } from './time.ts'

type Kind = 'log' | 'store' | 'calls'
const KINDS: [Kind, string][] = [
  ['log', 'Log lines'],
  ['store', 'Store calls'],
  ['calls', 'Bot API calls'],
]
const MOST = 150

export function Log() {
  const { log, store, calls } = useModel()
  const [kind, choose] = useState<Kind>('log')
  return (
    <>
      <p class="bar" role="radiogroup" aria-label="What is shown">
        {KINDS.map(([value, name]) => (
          <label class="choice" key={value}>
            <input type="radio" name="log-kind" checked={kind === value} onChange={() => choose(value)} />{' '}
            {name}
          </label>
        ))}
      </p>
      <ol class="log">
        {kind === 'log' &&
          log
            .slice(-MOST)
            .reverse()
            .map(({ at, invocation, line }, index) => {
              const { level, time: _, event, ...rest } = line
              return (
                <li key={`${at} ${index}`} class={String(level)}>
                  <details>
                    <summary>
                      <time>{exactTimeOf(at)}</time> <b>{String(event)}</b> <small>{invocation}</small>
                    </summary>
                    <Json value={rest} />
                  </details>
                </li>
              )
            })}
        {kind === 'store' &&
          store
            .slice(-MOST)
            .reverse()
            .map(({ at, ms, operation, answer, ok, invocation }, index) => (
              <li key={`${at} ${index}`} class={ok ? '' : 'error'}>
                <time>{exactTimeOf(at)}</time> <b>{operation}</b> <span class="words">{answer}</span>{' '}
                <small>
                  {duration(ms)}, {invocation}
                </small>
              </li>
            ))}
        {kind === 'calls' &&
          [...calls.values()]
            .slice(-MOST)
            .reverse()
            .map((call) => (
              <li key={call.id} class={call.status === 200 ? '' : 'error'}>
                <RawCall call={call} />
              </li>
            ))}
      </ol>
    </>
  )
}
