/** Recovery: a failed re-initialisation is repeated with backoff by the invocation that began it. */
import type { Clock } from '../time.ts'
import { heal, type Healed, type HealDeps } from './heal.ts'
import type { HealReason } from '../state/bot-state.ts'

const BUSY_MS = 500

/**
 * Heals for `reason`; where that fails, or it is too early for a probe, and `persist` is set, probes until the bot
 * is healed or the time is over.
 * Others may probe in between: the claim in the store spaces all of them.
 * @param deps a fresh set for each try, because each needs an owner of its own
 * @returns 'healed': the bot was healed here; 'over': what this one waited for is over, by whom is not known; either
 *          way the mailboxes that waited need a sweep. 'no': neither
 * @throws StoreError
 */
export async function recover(
  deps: () => HealDeps,
  reason: HealReason,
  limits: { persist: boolean; clock: Clock; deadlineMs: number },
): Promise<'healed' | 'over' | 'no'> {
  let healed = await heal(deps(), reason)
  // Somebody else who heals for the same reason persists as well; two would only take turns.
  if (!limits.persist || (reason !== 'probe' && healed.word !== 'failed'))
    return healed.word === 'healed' ? 'healed' : 'no'
  let waited = false
  while (healed.word !== 'healed' && healed.word !== 'unneeded') {
    const pauseMs = pauseAfter(healed)
    if (limits.clock.monotonicMs() + pauseMs > limits.deadlineMs) return 'no'
    await limits.clock.sleep(pauseMs)
    waited = true
    healed = await heal(deps(), 'probe')
  }
  // Healed by somebody else while this one waited: who that was may not have swept.
  if (healed.word === 'healed') return 'healed'
  return waited ? 'over' : 'no'
}

/** 'busy' tells how long its claim may last at most, which is far longer than a try takes. */
function pauseAfter(healed: Exclude<Healed, { word: 'healed' }>): number {
  if (healed.word === 'failed') return healed.nextProbeMs
  return Math.max(healed.word === 'busy' ? Math.min(healed.waitMs, BUSY_MS) : healed.waitMs, 50)
}
