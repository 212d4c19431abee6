/** One field and its button: phone, code, password. What is typed lives in the field and nowhere else. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Failure } from '../../http/client.ts'
import { useLanguage } from '../../text/language.tsx'
import { useTrouble } from './trouble-text.ts'

interface FieldFormProps {
  id: string
  label: string
  hint?: string
  submit: string
  type: 'tel' | 'text' | 'password'
  autocomplete: 'tel' | 'one-time-code' | 'current-password'
  inputMode?: 'numeric'
  maxLength: number
  /** @returns why it failed, or null */
  onSend: (value: string) => Promise<Failure | null>
  children?: ComponentChildren
}

export function FieldForm({ id, label, hint, submit, onSend, children, ...input }: FieldFormProps) {
  const { text } = useLanguage()
  const troubleText = useTrouble()
  const field = useRef<HTMLInputElement>(null)
  const isSending = useRef(false)
  const [isBusy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Failure | null>(null)
  useEffect(() => field.current?.focus(), [])

  const send = async (event: Event) => {
    event.preventDefault()
    const value = field.current?.value.trim() ?? ''
    if (isSending.current) return
    if (!value) return field.current?.focus()
    isSending.current = true
    setBusy(true)
    setTrouble(null)
    const failure = await onSend(value)
    isSending.current = false
    setBusy(false)
    setTrouble(failure)
    if (failure) field.current?.select()
  }

  return (
    <form class="account-form" onSubmit={(event) => void send(event)} noValidate>
      <label for={id}>{label}</label>
      <input
        ref={field}
        id={id}
        class="field"
        spellcheck={false}
        aria-describedby={`${id}-hint ${id}-trouble`}
        aria-invalid={trouble !== null}
        {...(input as { type: 'text' })}
      />
      <p id={`${id}-hint`} class="intro">
        {hint}
      </p>
      <p id={`${id}-trouble`} class="trouble-line" role="alert">
        {trouble && troubleText(trouble)}
      </p>
      <div class="actions">
        <button type="submit" class="button primary" aria-disabled={isBusy}>
          {isBusy ? text.actions.busy : submit}
        </button>
        {children}
      </div>
    </form>
  )
}
