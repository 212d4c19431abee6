/** Confirmation dialog. In Telegram, a dangerous action needs two taps, because accidental taps are common. */
import { createContext, type ComponentChildren } from 'preact'
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks'
import { useLanguage } from '../text/language.tsx'

export interface Question {
  title: string
  what: string
  yes: string
  /** 'danger': the action cannot be undone. */
  kind: 'danger' | 'primary'
}

type Confirm = (question: Question) => Promise<boolean>

const Context = createContext<Confirm>(() => Promise.resolve(false))

/** Opens the dialog and resolves to the operator's answer; to false at once while another dialog is open. */
export const useConfirm = () => useContext(Context)

export function ConfirmProvider(props: { isCareful: boolean; children: ComponentChildren }) {
  const { isCareful, children } = props
  const [open, setOpen] = useState<{ question: Question; answer: (yes: boolean) => void } | null>(null)
  const isOpen = useRef(false)
  const confirm = useCallback<Confirm>((question) => {
    // A late question must not replace the open one: the operator could tap the wrong answer.
    if (isOpen.current) return Promise.resolve(false)
    isOpen.current = true
    return new Promise<boolean>((answer) => setOpen({ question, answer }))
  }, [])
  const close = (yes: boolean) => {
    isOpen.current = false
    open?.answer(yes)
    setOpen(null)
  }
  return (
    <Context.Provider value={confirm}>
      {children}
      {open && <ConfirmDialog question={open.question} asksTwice={isCareful} onClose={close} />}
    </Context.Provider>
  )
}

function ConfirmDialog(props: { question: Question; asksTwice: boolean; onClose: (yes: boolean) => void }) {
  const { question, asksTwice, onClose } = props
  const { text } = useLanguage()
  const [presses, setPresses] = useState(0)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    // A <dialog> returns the focus only if it is closed before it is removed.
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  const press = () => (asksTwice && presses === 0 ? setPresses(1) : onClose(true))
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="dialog-title"
      aria-describedby="dialog-what"
      onCancel={(event) => {
        event.preventDefault()
        onClose(false)
      }}
    >
      <h2 id="dialog-title">{question.title}</h2>
      <p id="dialog-what">{question.what}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => onClose(false)}>
          {text.cancel}
        </button>
        <button type="button" class={`button ${question.kind}`} onClick={press}>
          {presses > 0 ? text.sayAgain(question.yes) : question.yes}
        </button>
      </div>
    </dialog>
  )
}
