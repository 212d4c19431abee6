/** A button whose work takes time: it says so, and takes no second click meanwhile. */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { useSpeech } from '../text/language.tsx'

interface ActionProps {
  onAct: () => Promise<void>
  kind?: 'primary' | 'danger' | 'small' | undefined
  /** Where the visible words alone do not say on what it acts. */
  label?: string
  children: ComponentChildren
}

export function Action({ onAct, kind, label, children }: ActionProps) {
  const { text } = useSpeech()
  const [isBusy, setBusy] = useState(false)
  // A state would be a rendering too late for a double click.
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
      // The row may have gone with its button: a keyboard goes on from the heading, not from the page's top.
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
