/** Recovery: a failed re-initialisation is repeated with backoff by the invocation that began it. */
import type { HealReason } from '../state/bot-state.ts'
import type { Clock } from '../time.ts'
import { heal, type Healed, type HealDeps } from './heal.ts'
import { sweepHealed } from './sweep.ts'

/** Longest pause while another instance has the claim, in ms. */
const BUSY_MS = 500

export interface RecoverDeps {
  /** A fresh set for each try, because each needs an owner of its own. */
  healing: () => HealDeps
  alert: (cause: string, text: string) => Promise<void>
  /** See sweepMailboxes. */
  sweep: (intervalMs: number) => Promise<number | null>
  clock: Clock
  /** By the monotonic clock: no try begins after it. */
  deadlineMs: number
}

/**
 * Heals for `reason`, tells the administrators, and drains the mailboxes that waited for it.
 * @param persist whether a failed try is repeated; see recover
 * @returns how many mailboxes were drained
 * @throws StoreError
 */
export async function recoverAndSweep(
  deps: RecoverDeps,
  reason: HealReason,
  persist: boolean,
): Promise<number> {
  const { healing, alert, sweep, clock, deadlineMs } = deps
  const recovered = await recover(healing, reason, { persist, clock, deadlineMs })
  if (recovered === 'no') return 0
  if (recovered === 'healed' && reason !== 'init')
    await alert('reinitialized', `The bot has re-initialised itself (${reason}).`)
  return sweepHealed(recovered, sweep, clock)
}

/**
 * Heals for `reason`; where that fails, or it is too early for a probe, and `persist` is set, probes until the bot
 * is healed or the time is over.
 * Other instances may probe in between: the claim in the store spaces all tries.
 * @param deps a fresh set for each try, because each needs an owner of its own
 * @returns 'healed': the bot was healed here. 'over': it needs no healing any more, after a wait; another instance may
 *          have healed it. Both ways the mailboxes that waited need a sweep. 'no': neither
 * @throws StoreError
 */
export async function recover(
  deps: () => HealDeps,
  reason: HealReason,
  limits: { persist: boolean; clock: Clock; deadlineMs: number },
): Promise<'healed' | 'over' | 'no'> {
  let healed = await heal(deps(), reason)
  // Another instance that heals for the same reason persists too; two would only take turns.
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
  // Another instance has healed the bot meanwhile, and may have ended before its sweep.
  if (healed.word === 'healed') return 'healed'
  return waited ? 'over' : 'no'
}

/** 'busy' says how long the claim of the other instance lasts at most, which is far longer than a try takes. */
function pauseAfter(healed: Exclude<Healed, { word: 'healed' }>): number {
  if (healed.word === 'failed') return healed.nextProbeMs
  return Math.max(healed.word === 'busy' ? Math.min(healed.waitMs, BUSY_MS) : healed.waitMs, 50)
}
