/** What an acceptance left to do. Entered from the webhook after the 200. */
import type { Accepted } from '../inbox/accept.ts'
import type { BotState, Lease } from '../inbox/types.ts'
import { isBroken } from '../state/bot-state.ts'
import type { Clock } from '../time.ts'

export interface FollowDeps {
  drain(lease: Lease, bot: BotState, askedMs: number): Promise<void>
  /** Takes a mailbox and drains it, where it can be taken. */
  takeAndDrain(chatKey: string): Promise<void>
  /** One try to heal a broken bot. */
  probe(): Promise<unknown>
  /** True when a drain of this invocation has initialised the bot. */
  hasInitialised(): boolean
  sweep(intervalMs: number): Promise<unknown>
  /** At most one sweep in this time, over all instances, follows an acceptance. */
  sweepIntervalMs: number
  clock: Clock
}

/**
 * @param askedMs when the store was asked for the acceptance, or earlier, by the monotonic clock
 * @throws StoreError
 */
export async function follow(
  deps: FollowDeps,
  chatKey: string,
  { lease, expired, sweepDue, waitMs, bot }: Accepted,
  askedMs: number,
): Promise<void> {
  if (lease) await deps.drain(lease, bot, askedMs)
  else if (isBroken(bot)) await deps.probe()
  else if (waitMs > 0) {
    await deps.clock.sleep(waitMs)
    await deps.takeAndDrain(chatKey)
  }
  if (expired) await deps.takeAndDrain(expired)
  // Updates of all chats waited for the initialisation.
  if (deps.hasInitialised()) await deps.sweep(0)
  else if (sweepDue) await deps.sweep(deps.sweepIntervalMs)
}
