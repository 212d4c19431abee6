import { REQUEST_CONTEXT } from '../../lib/platform.ts'

/** A `waitUntil` for tests, so that a test can wait for the work after an answer. */
export interface Platform {
  /** Resolves when nothing is pending any more. */
  settled(): Promise<void>
  restore(): void
}

export function providePlatform(): Platform {
  const pending = new Set<Promise<unknown>>()
  const holder = globalThis as Record<symbol, unknown>
  const before = holder[REQUEST_CONTEXT]
  const waitUntil = (work: Promise<unknown>) => {
    pending.add(work)
    void work.finally(() => pending.delete(work)).catch(() => {})
  }
  holder[REQUEST_CONTEXT] = { get: () => ({ waitUntil }) }
  return {
    async settled() {
      while (pending.size > 0) await Promise.allSettled(pending)
    },
    restore() {
      holder[REQUEST_CONTEXT] = before
    },
  }
}
