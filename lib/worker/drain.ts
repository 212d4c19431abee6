/**
 * The drain: processes a leased mailbox, head by head, in order, until it is empty, the lease is lost or the
 * invocation's time is over. Everything asynchronous is awaited before an update is settled.
 */
import { describeError, type Logger } from '../log.ts'
import { LeaseLost } from '../errors.ts'
import { every, type Clock } from '../time.ts'
import type { Envelope } from '../inbox/envelope.ts'
import type { Failed, Failure } from '../inbox/fail.ts'
import type { Settled } from '../inbox/settle.ts'
import type { Taken } from '../inbox/take.ts'
import type { BotState, Lease } from '../inbox/types.ts'
import { classify, decide, type FailureClass } from './decide.ts'
import type { Guard } from '../kit/create-bot.ts'

export interface DrainDeps {
  inbox: {
    /** Reads a head's envelope; null where its version is unknown. */
    open(head: string): Envelope | null
    renew(lease: Lease): Promise<'renewed' | 'lost'>
    settle(lease: Lease, errors: number, takeNext: boolean): Promise<Settled>
    fail(lease: Lease, failure: Failure): Promise<Failed>
    take(chatKey: string): Promise<Taken>
  }
  /** Runs the bot over one update. Rejects with what went wrong. */
  process(envelope: Envelope, lease: Lease, bot: BotState, guard: Guard): Promise<void>
  /** What follows an update's end, each for its own reason; none of them may throw. */
  on: {
    blocked(envelope: Envelope, chatKey: string): Promise<void>
    dead(envelope: Envelope | null, chatKey: string, failureClass: FailureClass): Promise<void>
    /** True when Telegram answers at all: asked before an update is given up on because it did not. */
    telegramAnswers(): Promise<boolean>
    /** After every recorded failure, with the error counter as it is then. */
    failed(failure: Failure, errors: number): Promise<void>
  }
  clock: Clock
  log: Logger
  /** Takes the secrets out of what is kept with a dead letter. */
  redact(text: string): string
  /** Hashes a chat key for the log. */
  hash(chatKey: string): string
  leaseMs: number
  maxAttempts: number
  /** By the monotonic clock: nothing is taken after it. */
  deadlineMs: number
}

/**
 * A head that waits no longer than this is waited for inside the invocation; the sweep has the rest. Longer than
 * any backoff, so that a retry does not depend on somebody coming by.
 */
const WAIT_MS = 80_000

/** A lease, and what was told with it. */
interface Held {
  lease: Lease
  bot: BotState
  /** Before the store was asked for it, by the monotonic clock: at least two thirds of it are left from then on. */
  askedMs: number
}

/**
 * Drains the mailbox of `lease`. Never rejects: what cannot be done now is left for the next worker.
 * @param askedMs when the store was asked for the lease, or earlier, by the monotonic clock
 */
export async function drain(deps: DrainDeps, lease: Lease, bot: BotState, askedMs: number): Promise<void> {
  const log = deps.log.with({ chat: deps.hash(lease.chatKey) })
  try {
    let current: Held | null = { lease, bot, askedMs }
    while (current) {
      const step: Step = await work(deps, log, current)
      current = 'waitMs' in step ? await takeAgain(deps, lease.chatKey, step.waitMs) : step.next
    }
  } catch (error) {
    // The store is away: the lease runs out, and whoever finds the mailbox goes on from its head.
    log.error('drain stopped', { error })
  }
}

/**
 * A take that ended without a word counts as an attempt, because an update may kill its worker. But a deployment or
 * the platform kills every update in flight, so that alone it is weaker evidence: twice as many are forgiven.
 */
const CRASHES_PER_ATTEMPT = 2

type Step = { next: Held | null } | { waitMs: number }
const STOP: Step = { next: null }

async function takeAgain(deps: DrainDeps, chatKey: string, waitMs: number): Promise<Held | null> {
  for (let pauseMs = waitMs; ;) {
    if (pauseMs > WAIT_MS || deps.clock.monotonicMs() + pauseMs > deps.deadlineMs) return null
    if (pauseMs > 0) await deps.clock.sleep(pauseMs)
    const askedMs = deps.clock.monotonicMs()
    const taken = await deps.inbox.take(chatKey)
    if (taken.word === 'leased') return { lease: taken.lease, bot: taken.bot, askedMs }
    // A throttle ends by itself, soon; every other breaker has a healer that sweeps when it is done.
    const throttled = taken.word === 'open' && taken.bot.breaker === 'throttled'
    if (taken.word !== 'waiting' && !throttled) return null
    pauseMs = Math.max(taken.waitMs, 10)
  }
}

/** Processes one head, under a lease that is renewed until its end is recorded. */
async function work(deps: DrainDeps, log: Logger, { lease, bot, askedMs }: Held): Promise<Step> {
  const hold = holdLease(deps, lease, askedMs)
  try {
    return await process(deps, log, lease, bot, hold)
  } finally {
    await hold.stop()
  }
}

async function process(deps: DrainDeps, log: Logger, lease: Lease, bot: BotState, hold: Hold): Promise<Step> {
  const started = deps.clock.monotonicMs()
  const line = { update_id: lease.updateId, attempt: lease.attempt, epoch: bot.epoch }
  const envelope = deps.inbox.open(lease.head)
  const end = (event: string, fields: object = {}) => {
    log.info(event, { ...line, ...fields, duration_ms: Math.round(deps.clock.monotonicMs() - started) })
  }
  const trouble = await attempt(deps, envelope, lease, bot, hold)
  if (trouble === null) {
    const settlesMs = deps.clock.monotonicMs()
    const settled = await settle(deps, lease, bot)
    end('update processed', { settled: settled.word })
    return settled.word === 'settled' ? afterSettle(deps, settled, settlesMs) : STOP
  }

  const failureClass = trouble.failureClass ?? classify(trouble.cause)
  const decision = decide(failureClass, trouble.cause, {
    attempt: lease.attempt,
    maxAttempts: deps.maxAttempts,
    ageMs: envelope ? lease.nowMs - envelope.acceptedAtMs : 0,
  })
  if (decision.next === 'stop') {
    log.warn('lease lost', line)
    return STOP
  }
  if (decision.next === 'settle') {
    if (envelope) await deps.on.blocked(envelope, lease.chatKey)
    const settlesMs = deps.clock.monotonicMs()
    const settled = await settle(deps, lease, bot)
    end('update settled, chat cannot be written to')
    return settled.word === 'settled' ? afterSettle(deps, settled, settlesMs) : STOP
  }

  const cause = deps.redact(decision.failure.cause)
  const failure = await withEvidence(deps, { ...decision.failure, cause })
  const failed = await deps.inbox.fail(lease, failure)
  // The mailbox is free now, and what follows can take minutes.
  await hold.stop()
  const outcome = failed.word === 'lost' ? 'lost' : failed.how
  log.warn('update failed', { ...line, class: failureClass, error: describeError(trouble.cause), outcome })
  if (failed.word === 'lost') return STOP
  if (failed.how === 'dead') {
    log.error('update dead-lettered', { ...line, class: failureClass })
    await deps.on.dead(envelope, lease.chatKey, failureClass)
  }
  await deps.on.failed(failure, failed.errors)
  return failed.left ? { waitMs: failed.waitMs } : STOP
}

/**
 * An update is not given up on because Telegram is away. Before the last attempt counts, Telegram is asked
 * something else; when that fails too, the breaker opens and takes the blame.
 */
async function withEvidence(deps: DrainDeps, failure: Failure): Promise<Failure> {
  if (!failure.outage || failure.action !== 'dead' || (await deps.on.telegramAnswers())) return failure
  return { ...failure, breaker: 'telegram' }
}

interface Trouble {
  cause: unknown
  failureClass?: FailureClass
}

interface Hold {
  guard: Guard
  signal: AbortSignal
  /** No call of this update may be sent any more. */
  readonly release: () => void
  /** Ends the renewal. */
  readonly stop: () => Promise<void>
}

/** Renews a lease until stopped, and keeps the calls of a worker that has lost it from being sent. */
function holdLease(deps: DrainDeps, lease: Lease, askedMs: number): Hold {
  const aborter = new AbortController()
  const release = () => {
    if (!aborter.signal.aborted) aborter.abort(new LeaseLost())
  }
  // Not from now: since the answer, the process may have been paused for as long as it likes.
  let heldUntil = askedMs + (deps.leaseMs * 2) / 3
  const renew = async () => {
    const asked = deps.clock.monotonicMs()
    const word = await deps.inbox.renew(lease).catch(() => 'unknown' as const)
    if (word === 'renewed') heldUntil = asked + deps.leaseMs
    if (word === 'lost') release()
  }
  const guard: Guard = {
    signal: aborter.signal,
    async beforeCall() {
      // A worker that was paused past its lease asks before it sends; silence from the store means no.
      if (!aborter.signal.aborted && deps.clock.monotonicMs() >= heldUntil) await renew()
      if (aborter.signal.aborted || deps.clock.monotonicMs() >= heldUntil) throw new LeaseLost()
    },
  }
  return { guard, signal: aborter.signal, release, stop: every(deps.leaseMs / 3, renew) }
}

/** Runs the bot over the head. Null when all went well. */
async function attempt(
  deps: DrainDeps,
  envelope: Envelope | null,
  lease: Lease,
  bot: BotState,
  { guard, signal, release }: Hold,
): Promise<Trouble | null> {
  if (!envelope) return { cause: new Error('unknown envelope version'), failureClass: 'exhausted' }
  if (lease.attempt > deps.maxAttempts * CRASHES_PER_ATTEMPT) {
    return { cause: new Error('its worker never came to an end'), failureClass: 'exhausted' }
  }
  try {
    await deps.process(envelope, lease, bot, guard)
    return signal.aborted ? { cause: new LeaseLost() } : null
  } catch (cause) {
    return { cause: signal.aborted ? new LeaseLost() : cause }
  } finally {
    // What a handler left running after its time must not send any more.
    release()
  }
}

function settle(deps: DrainDeps, lease: Lease, bot: BotState): Promise<Settled> {
  return deps.inbox.settle(lease, bot.errors, deps.clock.monotonicMs() < deps.deadlineMs)
}

function afterSettle(deps: DrainDeps, settled: Settled & { word: 'settled' }, askedMs: number): Step {
  if (settled.next) return { next: { lease: settled.next, bot: settled.bot, askedMs } }
  return settled.left && deps.clock.monotonicMs() < deps.deadlineMs ? { waitMs: 0 } : STOP
}
