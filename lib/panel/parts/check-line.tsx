import type { Check } from '../../answers.ts'
import type { Tone } from '../state/verdict.ts'
import { useSpeech } from '../text/language.tsx'
import type { Texts } from '../text/en.ts'
import { ToneIcon } from './icon.tsx'

const TONES: Record<Check['state'], Tone> = { ok: 'good', warning: 'warn', fault: 'bad', unknown: 'quiet' }

/** One thing that the bot needs: its state, and in one sentence what to do where it is not in order. */
export function CheckLine({ check }: { check: Check }) {
  const { text } = useSpeech()
  const { id, state } = check
  const remedy = state === 'ok' ? null : (remedyOf(check, text.setup) ?? check.remedy)
  const shown = valueOf(check, text)
  return (
    <li class={`check ${TONES[state]}`}>
      <ToneIcon tone={TONES[state]} />
      <div>
        <p class="check-name">
          {nameOf(id, text.setup)} <span class="check-state">{text.setup.states[state]}</span>
        </p>
        {shown && <p class="check-value">{shown}</p>}
        {remedy && <p class="check-remedy">{remedy}</p>}
      </div>
    </li>
  )
}

function nameOf(id: string, { names }: Texts['setup']): string {
  if (id.startsWith('variable:')) return id.slice('variable:'.length)
  return Object.hasOwn(names, id) ? names[id as keyof typeof names] : id
}

/** Null where only the server knows which of several things is wrong. */
function remedyOf({ id, state, value }: Check, { remedies }: Texts['setup']): string | null {
  const kind = id.startsWith('variable:') ? 'variable' : id
  if (!remedies || !Object.hasOwn(remedies, kind) || (state === 'fault' && value === null)) return null
  return remedies[kind as keyof typeof remedies]
}

/** What was found: addresses, numbers and codes as they are; the server's English words only in English. */
function valueOf({ id, state, value }: Check, { setup, none }: Texts): string | null {
  if (value === 'not set') return none
  const isSentence = /^(variable:|cron$)/.test(id) || (id === 'commands' && state !== 'ok')
  return setup.remedies !== null && isSentence ? null : value
}
