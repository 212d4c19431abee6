/** Notifies components of a change in shared data. */
import { useLayoutEffect, useState } from 'preact/hooks'

export interface Changes {
  /** Call after a change: all components that use the data render again. */
  tell(): void
  /** Hook: renders the component again after each change. */
  use(): void
}

export function createChanges(): Changes {
  const listeners = new Set<() => void>()
  return {
    tell() {
      for (const listener of listeners) listener()
    },
    use() {
      const [, render] = useState(0)
      // A layout effect, because a plain effect could miss a change before it runs.
      useLayoutEffect(() => {
        const listener = () => render((count) => count + 1)
        listeners.add(listener)
        return () => void listeners.delete(listener)
      }, [])
    },
  }
}
