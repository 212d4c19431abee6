import { useEffect, useRef, useState } from 'preact/hooks'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'
import { LoginFrame } from '../parts/login-frame.tsx'
import { failureText } from '../state/failure-text.ts'
import { useNow } from '../state/now.ts'
import { useLanguage } from '../text/language.tsx'

interface LoginProps {
  why: 'ended' | 'left' | null
  logIn: (proof: { token: string }) => Promise<Outcome<Session>>
}

/** Exchanges the admin token for a session. The token is kept only in the input field. */
export function Login({ why, logIn }: LoginProps) {
  const { text } = useLanguage()
  const words = text.login
  const field = useRef<HTMLInputElement>(null)
  const isAsking = useRef(false)
  const [isBusy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Failure | 'empty' | null>(null)
  const [waitUntilMs, setWaitUntilMs] = useState(0)
  const now = useNow(500)
  const waitS = Math.max(0, Math.ceil((waitUntilMs - now) / 1000))
  useEffect(() => field.current?.focus(), [])

  const submit = async (event: Event) => {
    event.preventDefault()
    const token = field.current?.value.trim() ?? ''
    if (isAsking.current || waitS > 0) return
    if (!token) {
      setTrouble('empty')
      field.current?.focus()
      return
    }
    isAsking.current = true
    setBusy(true)
    const outcome = await logIn({ token })
    isAsking.current = false
    if (outcome.ok) return
    setBusy(false)
    setTrouble(outcome.failure)
    if (outcome.failure.status === 429) {
      setWaitUntilMs(Date.now() + (outcome.failure.retryAfterS ?? 60) * 1000)
    }
    // Select only the refused token: the operator may have typed another one meanwhile.
    if (field.current?.value.trim() === token) field.current.select()
  }

  const sentence =
    trouble === 'empty'
      ? words.empty
      : trouble && trouble.status !== 429
        ? text.actions.failed(words.title, failureText(trouble, text))
        : null
  return (
    <LoginFrame isMini={false}>
      <h1>{words.title}</h1>
      {why && !trouble && <p class="why">{why === 'ended' ? words.ended : words.left}</p>}
      <form onSubmit={(event) => void submit(event)} noValidate>
        <label for="token">{words.token}</label>
        <input
          ref={field}
          id="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby="token-hint token-trouble"
          aria-invalid={sentence !== null}
        />
        <p id="token-trouble" class="trouble-line" role="alert">
          {waitS > 0 ? <Countdown seconds={waitS} /> : sentence}
        </p>
        <button type="submit" class="button primary" aria-disabled={isBusy || waitS > 0}>
          {isBusy ? words.busy : words.submit}
        </button>
        <p id="token-hint" class="intro">
          {words.hint}
        </p>
      </form>
    </LoginFrame>
  )
}

/** Shows every second, but announces only the first value: a screen reader would otherwise never stop. */
function Countdown({ seconds }: { seconds: number }) {
  const { text } = useLanguage()
  const [first] = useState(seconds)
  return (
    <>
      <span class="visually-hidden">{text.login.wait(first)}</span>
      <span aria-hidden="true">{text.login.wait(seconds)}</span>
    </>
  )
}
