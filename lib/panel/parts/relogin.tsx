import { useEffect, useRef, useState } from 'preact/hooks'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'
import { failureText } from '../state/failure-text.ts'
import { useLanguage } from '../text/language.tsx'

interface ReloginProps {
  logIn: (proof: { token: string }) => Promise<Outcome<Session>>
  onCancel: () => void
}

/** Asks for the admin token over the view, which stays as it is: a login at Telegram must not be lost to ours. */
export function Relogin({ logIn, onCancel }: ReloginProps) {
  const { text } = useLanguage()
  const words = text.login
  const dialog = useRef<HTMLDialogElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const submit = async (event: Event) => {
    event.preventDefault()
    const token = field.current?.value.trim() ?? ''
    if (!token || isBusy) return field.current?.focus()
    setBusy(true)
    const outcome = await logIn({ token })
    setBusy(false)
    if (!outcome.ok) setFailure(outcome.failure)
  }
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="relogin-title"
      onCancel={(event) => {
        event.preventDefault()
        onCancel()
      }}
    >
      <h2 id="relogin-title">{words.ended}</h2>
      <form class="account-form" onSubmit={(event) => void submit(event)} noValidate>
        <label for="relogin-token">{words.token}</label>
        <input
          ref={field}
          id="relogin-token"
          class="field"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby="relogin-trouble"
        />
        <p id="relogin-trouble" class="trouble-line" role="alert">
          {failure && failureText(failure, text)}
        </p>
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={onCancel}>
            {text.cancel}
          </button>
          <button type="submit" class="button primary" aria-disabled={isBusy}>
            {isBusy ? words.busy : words.submit}
          </button>
        </div>
      </form>
    </dialog>
  )
}
