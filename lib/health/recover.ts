/** Recovery: a failed re-initialisation is repeated with backoff by the invocation that began it. */
import type { Clock } from '../time.ts'
import { heal, type HealDeps } from './heal.ts'
import type { HealReason } from './state.ts'

/**
 * Heals for `reason`; where that fails, or it is too early for a probe, and `persist` is set, probes until the bot
 * is healed or the time is over.
 * Others may probe in between: the claim in the store spaces all of them.
 * @param deps a fresh set for each try, because each needs an owner of its own
 * @returns true when the bot was healed here, so that the mailboxes that waited need a sweep
 * @throws StoreError
 */
export async function recover(
  deps: () => HealDeps,
  reason: HealReason,
  limits: { persist: boolean; clock: Clock; deadlineMs: number },
): Promise<boolean> {
  let healed = await heal(deps(), reason)
  const isOver = () => healed.word === 'healed' || healed.word === 'unneeded'
  // Somebody else who heals for the same reason persists as well; two would only take turns.
  if (!limits.persist || (reason !== 'probe' && healed.word !== 'failed')) return healed.word === 'healed'
  while (!isOver()) {
    const pauseMs = healed.word === 'failed' ? healed.nextProbeMs : 'waitMs' in healed ? healed.waitMs : 0
    if (limits.clock.monotonicMs() + pauseMs > limits.deadlineMs) return false
    await limits.clock.sleep(Math.max(pauseMs, 50))
    healed = await heal(deps(), 'probe')
  }
  return healed.word === 'healed'
}
