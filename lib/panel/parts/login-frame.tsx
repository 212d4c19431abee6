import type { ComponentChildren } from 'preact'
import { usePublicHealth } from '../state/public-health.ts'
import { verdictOf } from '../state/verdict.ts'
import { useLanguage } from '../text/language.tsx'
import { Choices } from './choices.tsx'
import { Wordmark } from './wordmark.tsx'
import { VerdictLine } from './verdict.tsx'

/** The page before the login: the public health report, and the login form as its children. */
export function LoginFrame({ isMini, children }: { isMini: boolean; children: ComponentChildren }) {
  const localized = useLanguage()
  const { health, failure } = usePublicHealth()
  const verdict = verdictOf(health, failure, health?.inbox?.pending ?? 0, localized)
  return (
    <div class="login-frame">
      <header>
        <Wordmark />
        <Choices hasTheme={!isMini} />
      </header>
      <main>
        {children}
        <VerdictLine verdict={verdict} isSmall />
      </main>
    </div>
  )
}
