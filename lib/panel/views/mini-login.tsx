import { useEffect, useState } from 'preact/hooks'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'
import { Action } from '../parts/action.tsx'
import { LoginFrame } from '../parts/login-frame.tsx'
import { failureText } from '../state/failure-text.ts'
import { useLanguage } from '../text/language.tsx'

interface MiniLoginProps {
  /** Init data signed by Telegram; empty outside Telegram. */
  initData: string
  logIn: (proof: { init_data: string }) => Promise<Outcome<Session>>
  /** True after a logout: then the page does not log in again by itself. */
  hasLeft: boolean
}

/** Login of the Mini App by Telegram's init data. */
export function MiniLogin({ initData, logIn, hasLeft }: MiniLoginProps) {
  const { text } = useLanguage()
  const [failure, setFailure] = useState<Failure | null>(null)
  const [isAsking, setAsking] = useState(initData !== '' && !hasLeft)
  const enter = async () => {
    setAsking(true)
    setFailure(null)
    const outcome = await logIn({ init_data: initData })
    if (outcome.ok) return
    setAsking(false)
    setFailure(outcome.failure)
  }
  useEffect(() => {
    if (isAsking) void enter()
  }, [])

  if (initData === '') {
    return (
      <LoginFrame isMini>
        <h1>{text.mini.outside}</h1>
        <p class="intro">{text.mini.outsideHint}</p>
      </LoginFrame>
    )
  }
  return (
    <LoginFrame isMini>
      <h1>{text.title}</h1>
      {isAsking && <p class="intro">{text.mini.busy}</p>}
      {failure && (
        <p class="trouble-line" role="alert">
          {text.actions.failed(text.login.title, failureText(failure, text))}
        </p>
      )}
      {!isAsking && (
        <Action kind="primary" onAct={enter}>
          {hasLeft && !failure ? text.login.submit : text.tryAgain}
        </Action>
      )}
    </LoginFrame>
  )
}
