import type { Taken } from '../inbox/take.ts'
import type { BotState, Lease } from '../inbox/types.ts'
import type { Clock } from '../time.ts'

export interface AdoptDeps {
  take: (chatKey: string) => Promise<Taken>
  drain: (lease: Lease, bot: BotState, askedMs: number) => Promise<void>
  clock: Clock
}

/** Takes a mailbox. @returns how to drain it, or null when it could not be taken @throws StoreError */
export async function adopt(
  { take, drain, clock }: AdoptDeps,
  chatKey: string,
): Promise<(() => Promise<void>) | null> {
  const askedMs = clock.monotonicMs()
  const taken = await take(chatKey)
  return taken.word === 'leased' ? () => drain(taken.lease, taken.bot, askedMs) : null
}
