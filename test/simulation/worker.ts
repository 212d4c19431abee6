/**
 * The work of an instance: the production drain, failure policy and sweep over the simulated store. Only the wiring
 * of lib/app is written again here, without HTTP.
 */
import { drain, type DrainDeps } from '../../lib/worker/drain.ts'
import { TelegramRefused, TelegramUnreachable } from '../../lib/errors.ts'
import { readEnvelope } from '../../lib/inbox/envelope.ts'
import type { Failed } from '../../lib/inbox/fail.ts'
import type { Settled } from '../../lib/inbox/settle.ts'
import type { Taken } from '../../lib/inbox/take.ts'
import { LANES, sweepMailboxes } from '../../lib/worker/sweep.ts'
import type { Accepted } from '../../lib/inbox/accept.ts'
import { createLogger, createRedactor } from '../../lib/log.ts'
import { LEASE_MS, SWEEP_MS } from '../support/inbox.ts'
import { CANARY } from './ledger.ts'
import type { Instance } from './world.ts'

export const MAX_ATTEMPTS = 3
const ERROR_THRESHOLD = 4
const SETTLE_MS = 60_000
export const INVOCATION_MS = 120_000
const PROBE_MS = 5000
/** Duration of slow handlers. */
export const HANDLER_MS = { 'takes a while': LEASE_MS * 0.4, slow: LEASE_MS * 1.3 }

const redact = createRedactor([CANARY])
/** Like the errors of clients that contain the URL of the call. */
const leaky = () =>
  new Error(`boom at https://api.telegram.org/bot${CANARY}/sendMessage`, {
    cause: new Error(`${encodeURIComponent(CANARY)} ${Buffer.from(`bot${CANARY}`).toString('base64')}`),
  })

/** The result of an update's processing; those with a number succeed after that many attempts. */
export type Behaviour =
  | 'well'
  | 'takes a while'
  | 'slow'
  | 'throws once'
  | 'throws'
  | 'refused'
  | 'blocked'
  | 'limited'
  | 'unreachable once'
  | 'kills'
  | 'kills after sending once'

export interface SimulatedUpdate {
  id: string
  chat: string
  behaviour: Behaviour
  /** How often it was processed. */
  tries: number
  /** Telegram has seen the 200. */
  isAnswered: boolean
}

export function createWorker(instance: Instance, updates: ReadonlyMap<string, SimulatedUpdate>) {
  const { world, clock } = instance
  const { ledger } = world
  const deadlineMs = clock.monotonicMs() + INVOCATION_MS
  const write = (line: string) => {
    ledger.said('logged', line)
    if (line.includes('"event":"lease lost"')) world.leasesLost++
  }
  const log = createLogger({ level: 'warn', redact, write })

  const inbox: DrainDeps['inbox'] = {
    open: readEnvelope,
    renew: (lease) =>
      instance.call('renew', 0, (model) => {
        const word = model.renew(lease)
        ledger.renewed(lease, word, world.storeMs)
        return word
      }),
    settle: (lease, errors, takeNext) =>
      instance.call('settle', SETTLE_MS, (model) => {
        const settled = model.settle(lease, takeNext, errors) as Settled
        ledger.settled(lease, settled, world.storeMs)
        return settled
      }),
    fail: (lease, failure) =>
      instance.call('fail', SETTLE_MS, (model) => {
        const open = model.isOpen()
        const failed = model.fail(lease, failure) as Failed
        const isBlamed = failure.outage && (open || failure.breaker !== '')
        ledger.failed(lease, failed, failure.action !== 'wait' && !isBlamed)
        return failed
      }),
    take(chat) {
      const owner = instance.newOwner()
      return instance.call('take', 4000, (model) => {
        const taken = model.take(chat, owner) as Taken
        if (taken.word === 'leased') ledger.leased(taken.lease, world.storeMs)
        return taken
      })
    },
  }

  const deps: DrainDeps = {
    clock,
    log,
    observe: () => {},
    deadlineMs,
    leaseMs: LEASE_MS,
    maxAttempts: MAX_ATTEMPTS,
    inbox,
    redact,
    hash: (text) => text,
    on: {
      blocked: async () => {},
      dead: async () => {},
      async telegramAnswers() {
        await instance.point('asks Telegram')
        return world.telegramIsUp
      },
      async failed({ breaker }, errors) {
        if (breaker !== '' || errors >= ERROR_THRESHOLD) await heal(true).catch(() => {})
      },
    },
    async process(_envelope, lease, _bot, guard) {
      const update = updates.get(lease.updateId)
      if (!update) throw new Error(`update ${lease.updateId} was never sent`)
      const { behaviour } = update
      const isFirst = update.tries++ === 0
      ledger.processed(update.id, 2 * MAX_ATTEMPTS)
      await instance.point(`processes ${update.id}`)
      if (behaviour === 'kills') await die()
      if (behaviour === 'throws' || (behaviour === 'throws once' && isFirst)) throw leaky()
      if (behaviour === 'takes a while') await clock.sleep(HANDLER_MS[behaviour])
      if (behaviour === 'slow') await clock.sleep(HANDLER_MS[behaviour])
      await guard.beforeCall()
      ledger.sent(lease, world.telegramIsUp)
      if (behaviour === 'kills after sending once' && isFirst) await die()
      await instance.point('is answered by Telegram')
      if (!world.telegramIsUp || (behaviour === 'unreachable once' && isFirst)) {
        throw new TelegramUnreachable('sendMessage', 'ECONNRESET')
      }
      if (behaviour === 'refused') throw new TelegramRefused('sendMessage', 400, `Bad Request: ${CANARY}`)
      if (behaviour === 'blocked') throw new TelegramRefused('sendMessage', 403, 'Forbidden')
      if (behaviour === 'limited' && isFirst) {
        throw new TelegramRefused('sendMessage', 429, 'Too Many Requests', { retryAfterSeconds: 3 })
      }
    },
  }

  async function die(): Promise<never> {
    world.strike(instance)
    instance.crash()
    await instance.point('is dead')
    throw new Error('it lives on')
  }

  async function heal(persist: boolean): Promise<void> {
    while (clock.monotonicMs() < deadlineMs) {
      const isOk = await instance.call('heal', 4000, (model) => {
        model.heal(world.telegramIsUp)
        return world.telegramIsUp
      })
      if (isOk) return void (await sweep(0))
      if (!persist) return
      await clock.sleep(PROBE_MS)
    }
  }

  async function adopt(chat: string): Promise<(() => Promise<void>) | null> {
    const askedMs = clock.monotonicMs()
    const taken = await inbox.take(chat)
    return taken.word === 'leased' ? () => drain(deps, taken.lease, taken.bot, askedMs) : null
  }

  const sweep = (intervalMs: number) =>
    sweepMailboxes(
      {
        findDue: (least) =>
          instance.call('sweep', 4000, (model) => {
            const swept = model.sweep(least)
            for (const chat of swept?.forgotten ?? []) ledger.forgotten(chat)
            return swept?.found.slice(0, LANES) ?? null
          }),
        take: adopt,
        hasTime: () => clock.monotonicMs() < deadlineMs,
        onError: () => {},
      },
      intervalMs,
    )

  return {
    heal,

    async webhook(update: SimulatedUpdate): Promise<void> {
      const owner = instance.newOwner()
      const accept = (totalMs: number) =>
        instance.call('accept', totalMs, (model) => {
          const { looks, ...answer } = model.accept(update.id, update.chat, owner)
          const accepted = { ...answer, expired: looks ? model.expiredBeside(update.chat) : null } as Accepted
          ledger.accepted(update.id, update.chat, owner, accepted.word)
          if (accepted.lease) ledger.leased(accepted.lease, world.storeMs)
          return accepted
        })
      const askedMs = clock.monotonicMs()
      // Without an answer, Telegram delivers again; meanwhile this instance repeats its call until it knows the outcome.
      const accepted = await accept(4000).then(
        (answer) => {
          update.isAnswered = true
          return answer
        },
        () => accept(30_000),
      )
      const { lease, bot, expired, sweepDue, waitMs } = accepted
      if (lease) await drain(deps, lease, bot, askedMs)
      else if (bot.breaker === 'telegram' || bot.breaker === 'token') await heal(false)
      else if (waitMs > 0) {
        await clock.sleep(waitMs)
        await adopt(update.chat).then((drainIt) => drainIt?.())
      }
      if (expired !== null) await adopt(expired).then((drainIt) => drainIt?.())
      if (sweepDue) await sweep(SWEEP_MS)
    },

    /** Sweeps like the cron or an operator. */
    async sweep(): Promise<void> {
      if (world.model.bot.breaker === 'telegram') await heal(false)
      else await sweep(0)
    },

    /** Replays a dead letter. */
    async replay(id: string, chat: string): Promise<void> {
      const call = `${instance.name} replays ${id}`
      await instance.call('replay', 4000, (model) => {
        const word = model.replay(id, call)
        ledger.replayed(id, chat, call, word)
        return word
      })
      await sweep(0)
    },
  }
}
