/** How the outcome of a head is written: it is settled, or its failure is recorded. */
import type { Envelope } from '../inbox/envelope.ts'
import type { Failed, Failure } from '../inbox/fail.ts'
import type { Settled } from '../inbox/settle.ts'
import type { BotState, Lease } from '../inbox/types.ts'
import type { Observer } from '../observer.ts'
import type { Redact } from '../log.ts'
import type { Clock } from '../time.ts'
import type { FailureClass } from './decide.ts'

export interface SettleDeps {
  inbox: {
    settle(lease: Lease, errors: number, takeNext: boolean): Promise<Settled>
    fail(lease: Lease, failure: Failure): Promise<Failed>
  }
  /** What follows an update's end, each for its own reason; none of them may throw. */
  on: {
    blocked(envelope: Envelope, chatKey: string): Promise<void>
    dead(envelope: Envelope | null, chatKey: string, failureClass: FailureClass): Promise<void>
    /** True when Telegram answers another call. Asked before an update is given up on because Telegram did not. */
    telegramAnswers(): Promise<boolean>
    /** After every recorded failure, with the error counter as it is then. */
    failed(failure: Failure, errors: number): Promise<void>
  }
  clock: Clock
  /** Takes the secrets out of what is kept with a dead letter. */
  redact: Redact
  /** By the monotonic clock: nothing is taken after it. */
  deadlineMs: number
  observe: Observer
}

/** A lease, and what came with it. */
export interface Held {
  lease: Lease
  bot: BotState
  /** Before the store was asked for it, by the monotonic clock: at least two thirds of it are left from then on. */
  askedMs: number
}

/** How a mailbox goes on: with its next head, with a take after a wait, or not in this drain. */
export type Step = { next: Held | null } | { waitMs: number }
export const STOP: Step = { next: null }

/** Settles the head, and gets the next one with the same call while there is time. @throws StoreError */
export async function settleHead(
  { inbox, clock, deadlineMs, observe }: Pick<SettleDeps, 'inbox' | 'clock' | 'deadlineMs' | 'observe'>,
  lease: Lease,
  bot: BotState,
): Promise<{ word: Settled['word']; step: Step }> {
  const askedMs = clock.monotonicMs()
  const settled = await inbox.settle(lease, bot.errors, askedMs < deadlineMs)
  const nowMs = clock.monotonicMs()
  const told = { updateId: lease.updateId, chatKey: lease.chatKey, durationMs: nowMs - askedMs }
  if (settled.word === 'lost') {
    observe({ event: 'lost', at: 'settle', ...told })
    return { word: 'lost', step: STOP }
  }
  observe({ event: 'settled', ...told })
  if (settled.next) {
    return { word: 'settled', step: { next: { lease: settled.next, bot: settled.bot, askedMs } } }
  }
  return { word: 'settled', step: settled.left && nowMs < deadlineMs ? { waitMs: 0 } : STOP }
}

/** Records the failure. @throws StoreError */
export async function failHead(
  deps: Pick<SettleDeps, 'inbox' | 'on' | 'clock' | 'redact' | 'observe'>,
  lease: Lease,
  decided: Failure,
): Promise<{ failure: Failure; failed: Failed }> {
  const { inbox, clock, observe } = deps
  const failure = await withEvidence(deps, { ...decided, cause: deps.redact(decided.cause) })
  const askedMs = clock.monotonicMs()
  const failed = await inbox.fail(lease, failure)
  const durationMs = clock.monotonicMs() - askedMs
  const told = { updateId: lease.updateId, chatKey: lease.chatKey, durationMs }
  if (failed.word === 'lost') observe({ event: 'lost', at: 'fail', ...told })
  else observe({ event: 'failed', how: failed.how, waitMs: failed.waitMs, ...told })
  return { failure, failed }
}

/**
 * An update is not given up on because Telegram is away. Before the last attempt counts, Telegram is asked
 * something else; where that fails too, the breaker opens, and the attempt does not count.
 */
async function withEvidence({ on }: Pick<SettleDeps, 'on'>, failure: Failure): Promise<Failure> {
  if (!failure.outage || failure.action !== 'dead' || (await on.telegramAnswers())) return failure
  return { ...failure, breaker: 'telegram' }
}
