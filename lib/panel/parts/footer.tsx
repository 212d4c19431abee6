import { useLanguage } from '../text/language.tsx'
import { actorOf } from '../text/word.ts'
import { Action } from './action.tsx'
import { Choices } from './choices.tsx'

interface FooterProps {
  actor: string
  isMini: boolean
  onLogOut: () => Promise<void>
}

/** Language, theme, the operator's name and the logout: below the navigation, on narrow screens below the page. */
export function Footer({ actor, isMini, onLogOut }: FooterProps) {
  const { text } = useLanguage()
  return (
    <footer class="foot">
      <Choices hasTheme={!isMini} />
      <p class="actor">{actorOf(actor, text)}</p>
      <Action kind="small" onAct={onLogOut}>
        {text.logOut}
      </Action>
    </footer>
  )
}
