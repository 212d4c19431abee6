import type { ComponentChildren } from 'preact'
import { usePublicHealth } from '../state/public-health.ts'
import { verdictOf } from '../state/verdict.ts'
import { useSpeech } from '../text/language.tsx'
import { Choices } from './choices.tsx'
import { Mark } from './mark.tsx'
import { VerdictLine } from './verdict.tsx'

/** The page before the login: what anybody may know of the bot's health, and the way in. */
export function Door({ isMini, children }: { isMini: boolean; children: ComponentChildren }) {
  const speech = useSpeech()
  const { health, failure } = usePublicHealth()
  const verdict = verdictOf(health, failure, health?.inbox?.pending ?? 0, speech)
  return (
    <div class="door">
      <header>
        <Mark />
        <Choices hasTheme={!isMini} />
      </header>
      <main>
        {children}
        <VerdictLine verdict={verdict} isSmall />
      </main>
    </div>
  )
}
