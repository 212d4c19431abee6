import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export function Modal(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="modal" aria-label={props.title} onClose={props.onClose}>
      <h2>{props.title}</h2>
      {props.children}
    </dialog>
  )
}

interface FormProps {
  title: string
  /** The label of the submit button. */
  yes: string
  onSubmit: () => void
  onClose: () => void
  children: ComponentChildren
}

/** A modal with a form. */
export function FormModal({ title, yes, onSubmit, onClose, children }: FormProps) {
  return (
    <Modal title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
      >
        {children}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            {yes}
          </button>
        </div>
      </form>
    </Modal>
  )
}
