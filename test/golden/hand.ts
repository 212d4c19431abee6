/** The scenario's hand: the production functions over one store and one clock that only the scenario moves. */
import { recordLog, stubTelegram } from '../support/virtual.ts'
import * as code from './code.ts'
import { SETTINGS, START_MS } from './settings.ts'

export interface Place {
  url: string
  token: string
  keyPrefix: string
}

/** @param place where the store is, and under which prefix */
export function openHand(place: Place) {
  const config = code.readConfig(SETTINGS)
  const time = { nowMs: START_MS }
  const store = code.openStore(
    { store: place, keyPrefix: place.keyPrefix, storeKeyLocking: false },
    { now: () => String(time.nowMs) },
  )
  const { log, lines } = recordLog()
  const telegram = stubTelegram()
  const { leaseMs, rateLimit } = config
  let owners = 0
  const owner = () => `worker-${++owners}.1`
  /** Update id -> what its handler throws. */
  const throwing = new Map<string, Error>()

  async function accept(update: object): Promise<code.Accepted> {
    const text = JSON.stringify(update)
    const read = code.readUpdate(text, config.botId)
    if (!read.ok) throw new Error(read.reason)
    time.nowMs += 37
    return code.accept(store, read, text, { owner: owner(), leaseMs, rateLimit, sweepIntervalMs: 10_000 })
  }
  async function leased(update: object): Promise<code.Lease> {
    const { lease } = await accept(update)
    if (!lease) throw new Error('the update was not leased')
    return lease
  }
  async function taken(chatKey: string): Promise<code.Lease> {
    const reply = await code.take(store, chatKey, { owner: owner(), leaseMs })
    if (reply.word !== 'leased') throw new Error(`${chatKey}: ${reply.word}`)
    return reply.lease
  }
  const settle = (lease: code.Lease, takeNext: boolean, ackMs?: number) =>
    code.settle(store, lease, { leaseMs, takeNext, errors: 0, ackMs })
  /** Lets a head fail, as the failure policy decides it, without its jitter. */
  function fail(lease: code.Lease, error: Error) {
    const failureClass = code.classify(error, lease.chatKey)
    const around = {
      attempt: lease.attempt,
      maxAttempts: config.maxAttempts,
      ageMs: 0,
      random: () => 0.5,
      redact: (text: string) => text,
    }
    const decision = code.decide(failureClass, error, around)
    if (decision.next !== 'fail') throw new Error(decision.next)
    return code.fail(store, lease, decision.failure)
  }

  /** A worker that never waits: one that would sleep leaves its mailbox to a sweep. */
  const worker: code.DrainDeps = {
    inbox: {
      open: code.readEnvelope,
      renew: (lease) => code.renew(store, lease, leaseMs),
      settle: (lease, _errors, takeNext) => {
        time.nowMs += 91
        return settle(lease, takeNext, 18)
      },
      fail: (lease, failure) => code.fail(store, lease, failure),
      take: (chatKey) => code.take(store, chatKey, { owner: owner(), leaseMs }),
    },
    process: (envelope) => {
      const error = throwing.get(envelope.updateId)
      return error ? Promise.reject(error) : Promise.resolve()
    },
    on: {
      blocked: (_envelope, chatKey) => code.markBlocked(store, chatKey, true),
      dead: () => Promise.resolve(),
      telegramAnswers: () => Promise.resolve(true),
      failed: () => Promise.resolve(),
    },
    clock: { monotonicMs: () => 0, sleep: () => Promise.resolve() },
    log,
    observe: () => {},
    redact: (text) => text,
    hash: (chatKey) => code.fingerprint(chatKey).slice(0, 12),
    leaseMs,
    maxAttempts: config.maxAttempts,
    deadlineMs: 1,
  }
  const bot = { info: null, epoch: 2, status: 'OK', breaker: '', breakerUntilMs: 0, errors: 0 }
  const drain = (lease: code.Lease) => code.drain(worker, lease, bot, 0)
  /** Accepts an update and drains its mailbox. */
  const process = async (update: object) => drain(await leased(update))

  const heal = (reason: 'init' | 'restart', by: string) =>
    code.heal(
      {
        store,
        config,
        call: telegram.call,
        log,
        redact: (text) => text,
        clock: worker.clock,
        owner: by,
        commands: code.LANGUAGES.map((language) => ({ language, commands: code.commandsFor(language) })),
      },
      reason,
    )

  return {
    config,
    time,
    store,
    log,
    lines,
    telegram,
    accept,
    leased,
    taken,
    settle,
    fail,
    drain,
    process,
    throwing,
    heal,
  }
}

export type Hand = ReturnType<typeof openHand>
