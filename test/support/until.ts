import { setTimeout as pause } from 'node:timers/promises'

/** Delay between two checks, in ms: a check takes processor time from the code that it waits for. */
const pauseAfter = (waitedMs: number) => Math.min(Math.max(waitedMs / 10, 20), 200)

/**
 * Calls until the result is not undefined, null or false, and returns it.
 * @throws Error after `withinMs`, with the name of the condition
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
