/** Sweeping: finds all mailboxes that need a worker in one index, and drains many at a time. */
import type { Clock } from '../time.ts'

/**
 * Mailboxes drained at the same time. A drain mostly waits, for Telegram or for its next try, and one that waits
 * must not keep the others from theirs.
 */
export const LANES = 32

export interface SweepDeps {
  /** The next mailboxes that are due, LANES at most; null when a sweep was recent. */
  findDue(intervalMs: number): Promise<string[] | null>
  /** Takes a mailbox. @returns how to drain it, or null when it could not be taken */
  take(chatKey: string): Promise<(() => Promise<void>) | null>
  hasTime(): boolean
  onError(error: unknown): void
}

/**
 * @param intervalMs nothing is done when any instance swept less than this ago
 * @returns how many mailboxes were drained, or null when a sweep was recent
 * @throws StoreError when the index cannot be read
 */
export async function sweepMailboxes(deps: SweepDeps, intervalMs: number): Promise<number | null> {
  const first = await deps.findDue(intervalMs)
  if (first === null) return null
  const waiting = first
  let isMore = first.length === LANES
  let looking: Promise<void> | null = null
  let drained = 0
  let drainedBefore = -1

  const look = async () => {
    // With the breaker open nothing can be taken, and the index would return the same mailboxes without end.
    const isUseful = drained > drainedBefore
    drainedBefore = drained
    const found = isUseful ? ((await deps.findDue(0)) ?? []) : []
    isMore = found.length === LANES
    waiting.push(...found)
  }
  const lane = async () => {
    while (deps.hasTime()) {
      const chatKey = waiting.shift()
      if (chatKey === undefined) {
        if (!isMore && looking === null) return
        looking ??= look().finally(() => {
          looking = null
        })
        await looking
        if (waiting.length === 0 && !isMore) return
        continue
      }
      try {
        const drain = await deps.take(chatKey)
        if (!drain) continue
        drained++
        await drain()
      } catch (error) {
        deps.onError(error)
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return drained
}

/** Invocations that waited for another one to heal the bot start one sweep in this time, over all instances, in ms. */
const OTHERS_SWEEP_MS = 1000

/**
 * Sweeps what waited for the bot to be healed. 'healed': by this invocation; 'over': by another one, while this one
 * waited. All that waited notice it at about the same time, and each would try to take every mailbox, so one of them
 * sweeps. The one that healed may have ended before its sweep, so a sweep before the healing does not count.
 * @param sweep see sweepMailboxes
 * @returns how many mailboxes were drained
 */
export async function sweepHealed(
  recovered: 'healed' | 'over',
  sweep: (intervalMs: number) => Promise<number | null>,
  clock: Clock,
): Promise<number> {
  if (recovered === 'healed') return (await sweep(0)) ?? 0
  const drained = await sweep(OTHERS_SWEEP_MS)
  if (drained !== null) return drained
  await clock.sleep(OTHERS_SWEEP_MS)
  return (await sweep(OTHERS_SWEEP_MS)) ?? 0
}
