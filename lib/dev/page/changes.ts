/** What many parts read while they render and few change. */
import { useLayoutEffect, useState } from 'preact/hooks'

export interface Changes {
  /** After a change: all who use it render again. */
  tell(): void
  /** A hook. */
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
      // Before the next event can change anything, which a plain effect could miss.
      useLayoutEffect(() => {
        const listener = () => render((count) => count + 1)
        listeners.add(listener)
        return () => void listeners.delete(listener)
      }, [])
    },
  }
}
