import { useSpeech } from '../text/language.tsx'
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
  const id = /^telegram:(.+)$/.exec(actor)?.[1]
  return (
    <footer class="foot">
      <Choices hasTheme={!isMini} />
      <p class="actor">{id === undefined ? text.audit.actors.token : text.audit.actors.telegram(id)}</p>
      <Action kind="small" onAct={onLogOut}>
        {text.logOut}
      </Action>
    </footer>
  )
}
