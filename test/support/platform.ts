/** Stands in for the platform's `waitUntil`, so that a test can wait for the work behind an answer. */
export interface Platform {
  /** Resolves when nothing is pending any more. */
  settled(): Promise<void>
  restore(): void
}

const CONTEXT = Symbol.for('@vercel/request-context')

export function providePlatform(): Platform {
  const pending = new Set<Promise<unknown>>()
  const holder = globalThis as Record<symbol, unknown>
  const before = holder[CONTEXT]
  const waitUntil = (work: Promise<unknown>) => {
    pending.add(work)
    void work.finally(() => pending.delete(work)).catch(() => {})
  }
  holder[CONTEXT] = { get: () => ({ waitUntil }) }
  return {
    async settled() {
      while (pending.size > 0) await Promise.allSettled(pending)
    },
    restore() {
      holder[CONTEXT] = before
    },
  }
}
