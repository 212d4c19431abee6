/** The work after the answer: draining, adopting, sweeping, healing. Imported only once there is some. */
import { commandsFor } from '../bot/commands.ts'
import { drain, type DrainDeps } from '../bot/drain.ts'
import { isUnwritable, markBlocked } from '../bot/peers.ts'
import { createTelegramCall } from '../bot/telegram.ts'
import { LANGUAGES } from '../bot/types.ts'
import { TelegramRefused } from '../errors.ts'
import { alertAdmins } from '../health/alerts.ts'
import { heal, type Healed } from '../health/heal.ts'
import { recover } from '../health/recover.ts'
import type { HealReason } from '../health/state.ts'
import type { Accepted } from '../inbox/accept.ts'
import { readEnvelope } from '../inbox/envelope.ts'
import { fail } from '../inbox/fail.ts'
import { renew } from '../inbox/renew.ts'
import { settle } from '../inbox/settle.ts'
import { findDue } from '../inbox/sweep.ts'
import { take } from '../inbox/take.ts'
import type { Lease } from '../inbox/types.ts'
import { botInfoFrom } from './bot-info.ts'
import { SWEEP_INTERVAL_MS, type Invocation } from './invocation.ts'
import { apologise, processUpdate, type Conversation } from './process.ts'
import { LANES, sweepMailboxes } from './sweep.ts'

/** Settling is asked for as long as this: whoever processed an update knows best that it is done. */
const SETTLE_MS = 60_000

/** Puts the parts together for one invocation. Nothing is sent before one of the functions is called. */
export function createWorker(invocation: Invocation) {
  const { config, store, clock, log, deadlineMs } = invocation
  const call = createTelegramCall({ apiRoot: config.telegramApiRoot, token: config.botToken })
  const conversation: Conversation = { invocation, call, chosen: new Map() }
  /** When a lease came with an acceptance, by the monotonic clock; the imports since then count as waiting. */
  const leasedAt = new WeakMap<Lease, number>()
  /** How this invocation's own try to initialise the bot ended: who failed goes on trying, who did it sweeps. */
  let initialised: 'healed' | 'failed' | null = null

  const healDeps = () => ({
    store,
    config,
    call,
    log,
    clock,
    owner: invocation.newOwner(),
    commands: LANGUAGES.map((language) => ({ language, commands: commandsFor(language) })),
  })
  const healOnce = (reason: HealReason): Promise<Healed> => heal(healDeps(), reason)

  async function healAndDrain(reason: HealReason, persist: boolean): Promise<void> {
    if (!(await recover(healDeps, reason, { persist, clock, deadlineMs }))) return
    if (reason !== 'init') await alert('reinitialized', `The bot has re-initialised itself (${reason}).`)
    await sweep(0)
  }

  const quietly = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      log.warn(`${what} failed`, { error })
    }
  }

  /** Tells the administrators, once per cause and hour. */
  const alert = (cause: string, text: string) =>
    quietly('alerting', () => alertAdmins({ store, config, call, log }, cause, text))

  // An answer that gives a lease must come while most of the lease is left.
  const { leaseMs } = config
  const timeoutMs = Math.min(3000, Math.floor(leaseMs / 3))
  const inbox: DrainDeps['inbox'] = {
    open: readEnvelope,
    renew: (lease) => renew(store, lease, leaseMs, { timeoutMs, totalMs: timeoutMs }),
    settle: (lease, errors, takeNext) =>
      settle(store, lease, { leaseMs, takeNext, errors }, { timeoutMs, totalMs: SETTLE_MS }),
    fail: (lease, failure) => fail(store, lease, failure, { timeoutMs, totalMs: SETTLE_MS }),
    take: (chatKey) => take(store, chatKey, { owner: invocation.newOwner(), leaseMs }, { timeoutMs }),
  }

  const on: DrainDeps['on'] = {
    blocked: (_envelope, chatKey) => quietly('marking a chat', () => markBlocked(store, chatKey, true)),
    async dead(envelope, chatKey, failureClass) {
      const text = `An update was given up on (${failureClass}). See /dead-letters: it can be replayed.`
      await alert(`dead:${failureClass}`, text)
      await quietly('telling the sender', async () => {
        if (!envelope) return
        await apologise(conversation, envelope, chatKey).catch((error: unknown) => {
          if (!isUnwritable(error)) throw error
        })
      })
    },
    async telegramAnswers() {
      try {
        await call('getWebhookInfo', {}, { timeoutMs: 10_000 })
        return true
      } catch (error) {
        return error instanceof TelegramRefused && error.code !== 401
      }
    },
    failed: ({ breaker }, errors) =>
      quietly('healing', async () => {
        if (breaker !== '' || initialised === 'failed') await healAndDrain('probe', true)
        else if (errors >= config.errorThreshold) await healAndDrain('threshold', true)
      }),
  }

  const drainDeps: DrainDeps = {
    clock,
    log,
    deadlineMs,
    leaseMs,
    maxAttempts: config.maxAttempts,
    inbox,
    on,
    redact: (text) => invocation.redact(text),
    hash: (chatKey) => invocation.hash(chatKey),
    async process(envelope, lease, state, guard) {
      const leasedAtMs = leasedAt.get(lease) ?? clock.monotonicMs()
      const info = await botInfoFrom(invocation, state.info, async (reason) => {
        const healed = await healOnce(reason)
        if (healed.word === 'healed' || healed.word === 'failed') initialised = healed.word
        return healed
      })
      await processUpdate(conversation, envelope, info, [lease.nowMs, leasedAtMs], guard)
    },
  }

  /** Takes a mailbox. @returns how to drain it, or null when it could not be taken */
  async function adopt(chatKey: string): Promise<(() => Promise<void>) | null> {
    const taken = await inbox.take(chatKey)
    return taken.word === 'leased' ? () => drain(drainDeps, taken.lease, taken.bot) : null
  }

  /** Drains every mailbox that needs a worker; see sweepMailboxes. */
  const sweep = (intervalMs: number): Promise<number | null> =>
    sweepMailboxes(
      {
        findDue: (least) => findDue(store, { intervalMs: least, limit: LANES }),
        take: adopt,
        hasTime: () => clock.monotonicMs() < deadlineMs,
        onError: (error) => log.warn('sweeping a mailbox failed', { error }),
      },
      intervalMs,
    )

  return {
    call,
    alert,
    sweep,
    heal: healOnce,
    /**
     * Heals if the reason still holds, and drains what has waited for it. Where that opens the breaker it goes on
     * trying; a probe is one try, because whoever opened the breaker is at it.
     */
    healAndDrain: (reason: HealReason) => healAndDrain(reason, reason !== 'probe'),
    /** Goes on probing until the bot is healed or the time is over. */
    persist: () => healAndDrain('probe', true),

    /** What an accepted update left to do. `acceptedAtMs`: when the answer came, by the monotonic clock. */
    async follow(chatKey: string, accepted: Accepted, acceptedAtMs: number): Promise<void> {
      const { lease, expired, sweepDue, waitMs, bot } = accepted
      if (lease) {
        leasedAt.set(lease, acceptedAtMs)
        await drain(drainDeps, lease, bot)
      } else if (bot.breaker === 'telegram' || bot.breaker === 'token') {
        await healAndDrain('probe', false)
      } else if (waitMs > 0) {
        await clock.sleep(waitMs)
        await adopt(chatKey).then((drainIt) => drainIt?.())
      }
      if (expired) await adopt(expired).then((drainIt) => drainIt?.())
      if (initialised === 'healed') await sweep(0)
      else if (sweepDue) await sweep(SWEEP_INTERVAL_MS)
    },
  }
}
