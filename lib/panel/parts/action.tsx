/** A button for asynchronous work: it shows that the work is running and ignores clicks until the end. */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { useLanguage } from '../text/language.tsx'

interface ActionProps {
  onAct: () => Promise<void>
  kind?: 'primary' | 'danger' | 'small' | undefined
  /** Accessible name, for buttons whose visible words do not name their target. */
  label?: string
  children: ComponentChildren
}

export function Action({ onAct, kind, label, children }: ActionProps) {
  const { text } = useLanguage()
  const [isBusy, setBusy] = useState(false)
  // A ref, because a state changes only at the next rendering: too late for a double click.
  const isActing = useRef(false)
  const act = async (button: HTMLElement) => {
    if (isActing.current) return
    isActing.current = true
    const hadFocus = document.activeElement === button
    setBusy(true)
    try {
      await onAct()
    } finally {
      isActing.current = false
      setBusy(false)
      // If the row disappeared together with its focused button, move the focus to the heading.
      // Otherwise a keyboard user starts again from the top of the page.
      setTimeout(() => {
        const isLost = hadFocus && document.activeElement === document.body
        if (isLost) document.querySelector<HTMLElement>('#main h1')?.focus({ preventScroll: true })
      })
    }
  }
  return (
    <button
      type="button"
      class={`button ${kind ?? ''}`}
      aria-label={isBusy ? undefined : label}
      aria-disabled={isBusy}
      onClick={(event) => void act(event.currentTarget)}
    >
      {isBusy ? text.actions.busy : children}
    </button>
  )
}
