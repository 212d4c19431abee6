import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks until the answer is neither undefined, null nor false, and returns it.
 * @throws when that takes longer than `withinMs`, naming what was waited for
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== null && answer !== false) return answer
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`)
    await pause(20)
  }
}
