import { useEffect, useState } from 'preact/hooks'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'
import { Action } from '../parts/action.tsx'
import { Door } from '../parts/door.tsx'
import { failureText } from '../state/failure-text.ts'
import { useSpeech } from '../text/language.tsx'

interface MiniDoorProps {
  /** What Telegram signed; empty outside Telegram. */
  initData: string
  logIn: (proof: { init_data: string }) => Promise<Outcome<Session>>
  /** True where the operator has just logged out: then Telegram is not asked again by itself. */
  hasLeft: boolean
}

/** The Mini App's way in: Telegram says who the operator is. */
export function MiniDoor({ initData, logIn, hasLeft }: MiniDoorProps) {
  const { text } = useSpeech()
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
      <Door isMini>
        <h1>{text.mini.outside}</h1>
        <p class="intro">{text.mini.outsideHint}</p>
      </Door>
    )
  }
  return (
    <Door isMini>
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
    </Door>
  )
}
