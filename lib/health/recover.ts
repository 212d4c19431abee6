/** Recovery: a failed re-initialisation is repeated with backoff by the invocation that began it. */
import type { Clock } from '../time.ts'
import { heal, type HealDeps } from './heal.ts'
import type { HealReason } from './state.ts'

/**
 * Heals for `reason`; where that fails and `persist` is set, probes until it succeeds or the time is over.
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
  while (limits.persist && healed.word === 'failed') {
    let pauseMs = healed.nextProbeMs
    for (;;) {
      if (limits.clock.monotonicMs() + pauseMs > limits.deadlineMs) return false
      await limits.clock.sleep(pauseMs)
      healed = await heal(deps(), 'probe')
      if (healed.word !== 'early' && healed.word !== 'busy') break
      pauseMs = Math.max(healed.waitMs, 50)
    }
  }
  return healed.word === 'healed'
}
