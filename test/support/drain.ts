/**
 * One mailbox in memory under the real drain: its content, the drain's calls, and fakes for everything
 * else. Needs fake timers; `run` advances them until the drain ends.
 */
import { vi } from 'vitest'
import type { Guard } from '../../lib/kit/guarded-call.ts'
import { drain, type DrainDeps } from '../../lib/worker/drain.ts'
import type { Envelope } from '../../lib/inbox/envelope.ts'
import type { Failed, Failure } from '../../lib/inbox/fail.ts'
import type { BotState, Lease } from '../../lib/inbox/types.ts'
import type { WorkerEvent } from '../../lib/observer.ts'
import { systemClock } from '../../lib/time.ts'
import { recordLog, type RecordedLog } from './virtual.ts'

export const LEASE_MS = 15_000
export const MAX_ATTEMPTS = 5

export interface DrainWorld extends RecordedLog {
  deps: DrainDeps
  /** What the drain did, in order: 'process 1', 'settle 1', 'fail 1 retry', 'sleep 1000', 'take'. */
  trace: string[]
  failures: Failure[]
  /** What the drain told its observer. */
  events: WorkerEvent[]
  /** Update ids that are not settled yet; the first is the head. */
  left: string[]
  bot: BotState
  /** How often the current head was taken. */
  attempt: number
  /** Milliseconds that the process was frozen, without its timers. */
  paused: number
  /** Time since the request for the first lease. */
  askedAgoMs: number
  /** Runs the given handlers, by update id; others end at once. */
  handlers: Record<string, (guard: Guard, lease: Lease) => Promise<void>>
  /** Drains from the head. Rejects where the drain rejects or does not end, and with a handler's failed expectation. */
  run(): Promise<void>
}

export function createDrainWorld(...updateIds: string[]): DrainWorld {
  const trace: string[] = []
  const unmet: Error[] = []
  const recorded = recordLog()
  const startMs = performance.now()
  const leaseOf = (): Lease => ({
    chatKey: '42',
    owner: 'me',
    fence: '1',
    attempt: world.attempt,
    updateId: world.left[0] ?? '',
    head: `envelope of ${world.left[0]}`,
    nowMs: 1_790_000_000_000,
  })
  const after = (failure: Failure): Failed => {
    // Like the script: an open breaker refunds the attempt, and its mailboxes are due when it closes.
    const isBlamed = failure.breaker !== '' && failure.outage
    const isDead = failure.action === 'dead' && !isBlamed
    if (isDead) world.left.shift()
    world.attempt = isDead ? 0 : world.attempt
    return {
      word: 'failed',
      how: isDead ? 'dead' : 'parked',
      errors: 1,
      waitMs: isDead || isBlamed ? 0 : failure.delayMs,
      left: world.left.length > 0,
      bot: world.bot,
    }
  }
  const deps: DrainDeps = {
    inbox: {
      open: (head) => ({ ...ENVELOPE, updateId: head.slice('envelope of '.length) }),
      renew: async () => {
        trace.push(`renew at ${performance.now() - startMs}`)
        return 'renewed'
      },
      async settle(lease, _errors, takeNext) {
        trace.push(`settle ${lease.updateId}`)
        world.left.shift()
        world.attempt = 1
        const left = world.left.length > 0
        const next = left && takeNext ? leaseOf() : null
        return { word: 'settled', next, left: left && !next, bot: world.bot, clearedErrors: false }
      },
      async fail(lease, failure) {
        trace.push(`fail ${lease.updateId} ${failure.action}`)
        world.failures.push(failure)
        return after(failure)
      },
      async take() {
        trace.push('take')
        world.attempt++
        if (world.left.length === 0) return { word: 'idle', waitMs: 0, bot: world.bot }
        return { word: 'leased', lease: leaseOf(), bot: world.bot }
      },
    },
    async process(envelope, lease, _bot, guard) {
      trace.push(`process ${envelope.updateId}`)
      try {
        await world.handlers[envelope.updateId]?.(guard, lease)
      } catch (error) {
        // The drain treats a failed expectation like any error of a handler.
        if (error instanceof Error && error.name === 'AssertionError') unmet.push(error)
        throw error
      }
    },
    on: {
      blocked: async (envelope, chatKey) => void trace.push(`blocked ${envelope.updateId} ${chatKey}`),
      dead: async (envelope, _key, why) => void trace.push(`dead ${envelope?.updateId ?? 'unknown'} ${why}`),
      telegramAnswers: async () => trace.push('ask Telegram') > 0,
      failed: async ({ breaker }, errors) => void trace.push(`failed ${errors} ${breaker}`.trimEnd()),
    },
    clock: {
      monotonicMs: () => performance.now() + world.paused,
      async sleep(ms) {
        trace.push(`sleep ${Math.round(ms)}`)
        await systemClock.sleep(ms)
      },
    },
    log: recorded.log,
    observe: (event) => void world.events.push(event),
    redact: (text) => text.replaceAll('hunter2', '[secret]'),
    hash: (chatKey) => `#${chatKey}`,
    leaseMs: LEASE_MS,
    maxAttempts: MAX_ATTEMPTS,
    deadlineMs: startMs + 240_000,
  }
  const world: DrainWorld = {
    ...recorded,
    deps,
    trace,
    failures: [],
    events: [],
    left: updateIds,
    bot: { info: '{}', epoch: 1, status: 'OK', breaker: '', breakerUntilMs: 0, errors: 0 },
    attempt: 1,
    paused: 0,
    askedAgoMs: 0,
    handlers: {},
    async run() {
      await elapse(drain(deps, leaseOf(), world.bot, performance.now() - world.askedAgoMs))
      if (unmet[0]) throw unmet[0]
    },
  }
  return world
}

const ENVELOPE: Envelope = {
  updateId: '',
  acceptedAtMs: 1_790_000_000_000,
  userId: '42',
  rate: 'ok',
  language: null,
  replays: 0,
  payload: '{}',
}

/** Advances fake timers until `work` ends. @throws after ten minutes of fake time */
export async function elapse<T>(work: Promise<T>): Promise<T> {
  const state = { isOver: false }
  const end = () => {
    state.isOver = true
  }
  work.then(end, end)
  const untilMs = performance.now() + 600_000
  while (!state.isOver) {
    if (performance.now() > untilMs) throw new Error('it does not end')
    await vi.advanceTimersToNextTimerAsync()
  }
  return work
}
