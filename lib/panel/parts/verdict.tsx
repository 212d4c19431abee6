import type { Verdict } from '../state/verdict.ts'
import { useLanguage } from '../text/language.tsx'
import { ToneIcon } from './icon.tsx'

/** The verdict in one line, with the remedy. Screen readers announce only changes of the line itself. */
export function VerdictLine({ verdict, isSmall = false }: { verdict: Verdict; isSmall?: boolean }) {
  const { text } = useLanguage()
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
