import type { Check } from '../../contract.ts'
import type { Tone } from '../state/verdict.ts'
import { useSpeech } from '../text/language.tsx'
import { pick, wordOf } from '../text/word.ts'
import { ToneIcon } from './icon.tsx'
import { When } from './when.tsx'

const TONES: Record<Check['state'], Tone> = { ok: 'good', warning: 'warn', fault: 'bad', unknown: 'quiet' }

/** One thing that the bot needs: its state, and in one sentence what to do where it is not in order. */
export function CheckLine({ check }: { check: Check }) {
  const { text } = useSpeech()
  const { setup } = text
  const { id, state, value, remedy, remedy_code: code } = check
  const [, variable] = /^variable:(.+)/.exec(id) ?? []
  const found = value === null ? null : wordOf(value, text)
  // All that there is to say of a variable is whether it is set.
  const word = variable ? found : setup.states[state]
  const shown = id === 'cron' ? <When at={value} /> : variable ? null : found
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
