/** The work after the answer: draining, adopting, sweeping, healing. Imported only once there is some. */
import { drain, type DrainDeps } from './drain.ts'
import { isUnwritable, markBlocked } from '../state/peers.ts'
import { telegramCallOf, type TelegramCall } from '../telegram.ts'
import type { BotDefinition } from '../kit/feature.ts'
import { panelUrl } from '../config.ts'
import { TelegramRefused } from '../errors.ts'
import { alertAdmins } from '../operator/alerts.ts'
import { heal, type Healed } from './heal.ts'
import { recover } from './recover.ts'
import { isBroken, type HealReason } from '../state/bot-state.ts'
import type { Accepted } from '../inbox/accept.ts'
import { readEnvelope } from '../inbox/envelope.ts'
import { fail } from '../inbox/fail.ts'
import { renew } from '../inbox/renew.ts'
import { settle } from '../inbox/settle.ts'
import { findDue } from '../inbox/sweep.ts'
import { take } from '../inbox/take.ts'
import type { Lease } from '../inbox/types.ts'
import type { IncomingUpdate } from '../inbox/update.ts'
import { botInfoFrom } from './bot-info.ts'
import { SWEEP_INTERVAL_MS, type Invocation } from '../invocation.ts'
import { apologise, processUpdate, type Conversation } from './run.ts'
import { LANES, sweepHealed, sweepMailboxes } from './sweep.ts'

/** Settling is asked for as long as this: whoever processed an update knows best that it is done. */
const SETTLE_MS = 60_000

/** On the button in the menu of administrators' chats, in every language. */
const MENU_TEXT = 'Panel'

const tenths = (ms: number) => Math.round(ms * 10) / 10

/** Says how long each call took, where the log wants to know its stages. */
function timed(call: TelegramCall, { log, clock }: Invocation): TelegramCall {
  return async (method, params, options) => {
    const started = clock.monotonicMs()
    const line = () => ({ method, duration_ms: tenths(clock.monotonicMs() - started) })
    try {
      const result = await call(method, params, options)
      log.debug('telegram called', line())
      return result
    } catch (error) {
      log.debug('telegram call failed', { ...line(), error })
      throw error
    }
  }
}

/** The worker of an invocation, for the bot of its deployment. Nothing is sent before one of its functions is called. */
export async function openWorker(invocation: Invocation) {
  return createWorker(invocation, await invocation.bot())
}

/** Drains every mailbox that needs a worker, now. @throws StoreError */
export async function sweepNow(invocation: Invocation): Promise<void> {
  await (await openWorker(invocation)).sweep(0)
}

function createWorker(invocation: Invocation, bot: BotDefinition) {
  const { config, store, clock, log, deadlineMs } = invocation
  const call = timed(telegramCallOf(config), invocation)
  const menuUrl = panelUrl(config)
  const conversation: Conversation = { invocation, bot, call, chosen: new Map() }
  /** When a lease came with an acceptance, by the monotonic clock; the imports since then count as waiting. */
  const leasedAt = new WeakMap<Lease, number>()
  /** The update that this invocation accepted, and how long its request waited for the 200. */
  const acked = { updateId: '', ms: 0 }
  /** How this invocation's own try to initialise the bot ended: who failed goes on trying, who did it sweeps. */
  let initialised: 'healed' | 'failed' | null = null

  const healDeps = () => ({
    store,
    config,
    call,
    log,
    redact: invocation.redact,
    clock,
    owner: invocation.newOwner(),
    commands: bot.languages.map((language) => ({ language, commands: bot.commands(language) })),
    menu:
      menuUrl === null ? null : { adminTelegramIds: config.adminTelegramIds, url: menuUrl, text: MENU_TEXT },
  })
  const healOnce = (reason: HealReason): Promise<Healed> => heal(healDeps(), reason)

  /** @returns how many mailboxes were drained */
  async function healAndDrain(reason: HealReason, persist: boolean): Promise<number> {
    const recovered = await recover(healDeps, reason, { persist, clock, deadlineMs })
    if (recovered === 'no') return 0
    if (recovered === 'healed' && reason !== 'init')
      await alert('reinitialized', `The bot has re-initialised itself (${reason}).`)
    return sweepHealed(recovered, sweep, clock)
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
  const timeoutMs = Math.floor(leaseMs / 3)
  const inbox: DrainDeps['inbox'] = {
    open: readEnvelope,
    renew: (lease) => renew(store, lease, leaseMs, { timeoutMs, totalMs: timeoutMs }),
    async settle(lease, errors, takeNext) {
      const ackMs = lease.updateId === acked.updateId ? acked.ms : undefined
      const started = clock.monotonicMs()
      const limits = { timeoutMs, totalMs: SETTLE_MS }
      const settled = await settle(store, lease, { leaseMs, takeNext, errors, ackMs }, limits)
      log.debug('settled', {
        update_id: lease.updateId,
        word: settled.word,
        duration_ms: tenths(clock.monotonicMs() - started),
      })
      return settled
    },
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
    redact: invocation.redact,
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
    const askedMs = clock.monotonicMs()
    const taken = await inbox.take(chatKey)
    return taken.word === 'leased' ? () => drain(drainDeps, taken.lease, taken.bot, askedMs) : null
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
    persist: () => healAndDrain('probe', true).then(() => {}),

    /**
     * What an accepted update left to do.
     * @param acceptedAtMs when the store's answer came, by the monotonic clock
     * @param ackMs from the request to its 200; none where that was no 200
     */
    async follow(
      { chatKey, updateId }: Pick<IncomingUpdate, 'chatKey' | 'updateId'>,
      accepted: Accepted,
      acceptedAtMs: number,
      ackMs?: number,
    ): Promise<void> {
      if (accepted.word === 'accepted' && ackMs !== undefined) Object.assign(acked, { updateId, ms: ackMs })
      const { lease, expired, sweepDue, waitMs, bot } = accepted
      if (lease) {
        leasedAt.set(lease, acceptedAtMs)
        // When a resolved acceptance was asked for is not known, so the lease counts as over until it is renewed.
        await drain(drainDeps, lease, bot, acceptedAtMs - (ackMs ?? leaseMs))
      } else if (isBroken(bot)) {
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
