import type { Verdict } from '../state/verdict.ts'
import { useSpeech } from '../text/language.tsx'
import { ToneIcon } from './icon.tsx'

/** The one line that everything else on the page explains. Read out when it changes; what counts below it is not. */
export function VerdictLine({ verdict, isSmall = false }: { verdict: Verdict; isSmall?: boolean }) {
  const { text } = useSpeech()
  const { tone, what, remedy, also } = verdict
  return (
    <section class={`verdict ${tone} ${isSmall ? 'is-small' : ''}`} aria-label={text.verdict.title}>
      <ToneIcon tone={tone} />
      <div>
        <p class="verdict-what" role="status" aria-live="polite">
          {what}
        </p>
        {remedy && <p class="verdict-remedy">{remedy}</p>}
        {also.length > 0 && (
          <p class="verdict-also">
            <strong>{text.verdict.also}:</strong> {also.join(' ')}
          </p>
        )}
      </div>
    </section>
  )
}
