/** The drain: processes a leased mailbox, head by head, in order, until it is empty, the lease is lost or time is over. */
import type { Taken } from '../inbox/take.ts'
import type { BotState, Lease } from '../inbox/types.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../time.ts'
import { processHead, type HeadDeps } from './head.ts'
import type { Held, Step } from './settle-with.ts'

export type DrainDeps = HeadDeps &
  TakeDeps & {
    log: Logger
    /** Hashes a chat key for the log. */
    hash(chatKey: string): string
  }

interface TakeDeps {
  inbox: { take(chatKey: string): Promise<Taken> }
  clock: Clock
  /** By the monotonic clock: nothing is taken after it. */
  deadlineMs: number
}

/** Longest wait for which a drain sleeps, in ms. Larger than the maximum backoff, so ordinary retries never need a sweep. */
const WAIT_MS = 80_000

/**
 * Drains the mailbox of `lease`. Never rejects: what cannot be done now is left for the next worker.
 * @param askedMs when the store was asked for the lease, or earlier, by the monotonic clock
 */
export async function drain(deps: DrainDeps, lease: Lease, bot: BotState, askedMs: number): Promise<void> {
  const { chatKey } = lease
  const log = deps.log.with({ chat: deps.hash(chatKey) })
  try {
    let held: Held | null = { lease, bot, askedMs }
    while (held) {
      const step: Step = await processHead({ ...deps, log }, held)
      held = 'waitMs' in step ? await takeAgain(deps, chatKey, step.waitMs) : step.next
    }
  } catch (error) {
    // The store is away. The lease runs out, and the next worker of the mailbox goes on from its head.
    log.error('drain stopped', { error })
    deps.observe({ event: 'stopped', chatKey, error })
  }
}

/** Takes the mailbox after a wait; null where another worker or a sweep goes on with it. @throws StoreError */
async function takeAgain(deps: TakeDeps, chatKey: string, waitMs: number): Promise<Held | null> {
  const { inbox, clock, deadlineMs } = deps
  for (let pauseMs = waitMs; ;) {
    if (pauseMs > WAIT_MS || clock.monotonicMs() + pauseMs > deadlineMs) return null
    if (pauseMs > 0) await clock.sleep(pauseMs)
    const askedMs = clock.monotonicMs()
    const taken = await inbox.take(chatKey)
    if (taken.word === 'leased') return { lease: taken.lease, bot: taken.bot, askedMs }
    // A throttle ends by itself, soon. The worker that closes any other breaker sweeps afterwards.
    const throttled = taken.word === 'open' && taken.bot.breaker === 'throttled'
    if (taken.word !== 'waiting' && !throttled) return null
    pauseMs = Math.max(taken.waitMs, 10)
  }
}
