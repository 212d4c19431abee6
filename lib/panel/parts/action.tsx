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
  const act = async () => {
    if (isActing.current) return
    isActing.current = true
    setBusy(true)
    try {
      await onAct()
    } finally {
      isActing.current = false
      setBusy(false)
    }
  }
  return (
    <button
      type="button"
      class={`button ${kind ?? ''}`}
      aria-label={isBusy ? undefined : label}
      aria-disabled={isBusy}
      onClick={() => void act()}
    >
      {isBusy ? text.actions.busy : children}
    </button>
  )
}
