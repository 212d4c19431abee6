/** The inbox's operations as a worker calls them: within the time that its lease leaves them. */
import type { Config } from '../config.ts'
import { readEnvelope } from '../inbox/envelope.ts'
import { fail } from '../inbox/fail.ts'
import { renew } from '../inbox/renew.ts'
import { settle } from '../inbox/settle.ts'
import { take } from '../inbox/take.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../redis.ts'
import { tenths, type Clock } from '../time.ts'
import type { DrainDeps } from './drain.ts'

/** Longest time for which a settlement is repeated, in ms. Without it, an update that is done would run again. */
const SETTLE_MS = 60_000

export interface MailboxCallDeps {
  store: Store
  config: Pick<Config, 'leaseMs'>
  clock: Clock
  log: Logger
  /** Makes an owner for each lease. */
  newOwner: () => string
}

/** @param ackMsOf how long the request of an update waited for its 200; undefined for another invocation's update */
export function mailboxCalls(
  { store, config, clock, log, newOwner }: MailboxCallDeps,
  ackMsOf: (updateId: string) => number | undefined,
): DrainDeps['inbox'] {
  const { leaseMs } = config
  // An answer that gives a lease must come while most of the lease is left.
  const timeoutMs = Math.floor(leaseMs / 3)
  const limits = { timeoutMs, totalMs: SETTLE_MS }
  return {
    open: readEnvelope,
    renew: (lease) => renew(store, lease, leaseMs, { timeoutMs, totalMs: timeoutMs }),
    async settle(lease, errors, takeNext) {
      const { updateId } = lease
      const askedMs = clock.monotonicMs()
      const settled = await settle(
        store,
        lease,
        { leaseMs, takeNext, errors, ackMs: ackMsOf(updateId) },
        limits,
      )
      const durationMs = clock.monotonicMs() - askedMs
      log.debug('settled', {
        update_id: updateId,
        word: settled.word,
        duration_ms: tenths(durationMs),
      })
      return settled
    },
    fail: (lease, failure) => fail(store, lease, failure, limits),
    take: (chatKey) => take(store, chatKey, { owner: newOwner(), leaseMs }, { timeoutMs }),
  }
}
