import type { Check } from '../../contract.ts'
import type { Tone } from '../state/verdict.ts'
import { useLanguage } from '../text/language.tsx'
import { pick, wordOf } from '../text/word.ts'
import { ToneIcon } from './icon.tsx'
import { RelativeTime } from './relative-time.tsx'

const TONES: Record<Check['state'], Tone> = { ok: 'good', warning: 'warn', fault: 'bad', unknown: 'quiet' }

/** One line of the setup check: the state, and the remedy where something is wrong. */
export function CheckLine({ check }: { check: Check }) {
  const { text } = useLanguage()
  const { setup } = text
  const { id, state, value, remedy, remedy_code: code } = check
  const [, variable] = /^variable:(.+)/.exec(id) ?? []
  const found = value === null ? null : wordOf(value, text)
  // For a variable, the page shows only whether it is set.
  const word = variable ? found : setup.states[state]
  const shown = id === 'cron' ? <RelativeTime at={value} /> : variable ? null : found
  return (
    <li class={`check ${TONES[state]}`}>
      <ToneIcon tone={TONES[state]} />
      <div>
        <p class="check-name">
          {variable ?? pick(setup.names, id) ?? id} <span class="check-state">{word}</span>
        </p>
        {shown && <p class="check-value">{shown}</p>}
        {remedy && <p class="check-remedy">{pick(setup.remedies ?? {}, code ?? '') ?? remedy}</p>}
      </div>
    </li>
  )
}
