/** The clock of an instance, for durations only. Scripts take the time of day from the store. */
export interface Clock {
  /** Milliseconds from an arbitrary start; never jumps. */
  monotonicMs(): number
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** A time for JSON answers: ISO 8601, or null for never, which the store writes as 0. */
export function iso(ms: number | null): string | null {
  return ms ? new Date(ms).toISOString() : null
}

/** A duration for logs and answers: to a tenth of a millisecond. */
export const tenths = (ms: number): number => Math.round(ms * 10) / 10

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const finish = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, ms)
      signal?.addEventListener('abort', finish, { once: true })
    }),
}

/**
 * Calls `tick` every `intervalMs` until stopped. Skips a tick while the one before it is running.
 * @returns stops it; resolves when the running tick has ended
 */
export function every(intervalMs: number, tick: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    running = tick().finally(() => {
      busy = false
    })
  }, intervalMs)
  return async () => {
    clearInterval(timer)
    await running
  }
}
