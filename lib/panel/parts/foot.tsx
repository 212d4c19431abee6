import { useSpeech } from '../text/language.tsx'
import { actorOf } from '../text/word.ts'
import { Action } from './action.tsx'
import { Choices } from './choices.tsx'

interface FootProps {
  actor: string
  isMini: boolean
  onLogOut: () => Promise<void>
}

/** Who one is, and how the page looks: below the rail, or below everything where it is narrow. */
export function Foot({ actor, isMini, onLogOut }: FootProps) {
  const { text } = useSpeech()
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
