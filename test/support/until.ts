import { setTimeout as pause } from 'node:timers/promises'

/** How long to wait before the next question, in ms: a question costs what it waits for some of the processor. */
const pauseAfter = (waitedMs: number) => Math.min(Math.max(waitedMs / 10, 20), 200)

/**
 * Asks until the answer is neither undefined, null nor false, and returns it.
 * @throws when that takes longer than `withinMs`, naming what was waited for
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  withinMs = 60_000,
): Promise<T> {
  const started = Date.now()
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== null && answer !== false) return answer
    const waitedMs = Date.now() - started
    if (waitedMs > withinMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`)
    await pause(pauseAfter(waitedMs))
  }
}
