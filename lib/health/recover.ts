/** Recovery: a failed re-initialisation is repeated with backoff by the invocation that began it. */
import type { Clock } from '../time.ts'
import { heal, type Healed, type HealDeps } from './heal.ts'
import type { HealReason } from './state.ts'

const BUSY_MS = 500

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
  // Somebody else who heals for the same reason persists as well; two would only take turns.
  if (!limits.persist || (reason !== 'probe' && healed.word !== 'failed')) return healed.word === 'healed'
  let waited = false
  while (healed.word !== 'healed' && healed.word !== 'unneeded') {
    const pauseMs = pauseAfter(healed)
    if (limits.clock.monotonicMs() + pauseMs > limits.deadlineMs) return false
    await limits.clock.sleep(pauseMs)
    waited = true
    healed = await heal(deps(), 'probe')
  }
  // Healed by somebody else while this one waited: who that was may not have swept.
  return healed.word === 'healed' || waited
}

/** 'busy' tells how long its claim may last at most, which is far longer than a try takes. */
function pauseAfter(healed: Exclude<Healed, { word: 'healed' }>): number {
  if (healed.word === 'failed') return healed.nextProbeMs
  return Math.max(healed.word === 'busy' ? Math.min(healed.waitMs, BUSY_MS) : healed.waitMs, 50)
}
