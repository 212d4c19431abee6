/** The work after the answer: draining, adopting, sweeping, healing. Imported only once there is some. */
import type { Update, UserFromGetMe } from 'telegraf/types'
import { commandsFor } from '../bot/commands.ts'
import { createBot, type Guard } from '../bot/create.ts'
import { drain, type DrainDeps } from '../bot/drain.ts'
import { isUnwritable, markBlocked } from '../bot/peers.ts'
import { createScope, languageCodeOf } from '../bot/scope.ts'
import { createTelegramCall } from '../bot/telegram.ts'
import { pickLanguage, texts } from '../bot/texts.ts'
import { LANGUAGES, type Language } from '../bot/types.ts'
import { BotNotReady, TelegramRefused } from '../errors.ts'
import { alertAdmins } from '../health/alerts.ts'
import { heal, type HealDeps } from '../health/heal.ts'
import { recover } from '../health/recover.ts'
import { readSnapshot } from '../health/snapshot.ts'
import type { HealReason } from '../health/state.ts'
import type { Accepted } from '../inbox/accept.ts'
import { forgetDeadLetters } from '../inbox/dead-letters.ts'
import { readEnvelope, type Envelope } from '../inbox/envelope.ts'
import { fail } from '../inbox/fail.ts'
import { renew } from '../inbox/renew.ts'
import { settle } from '../inbox/settle.ts'
import { findDue } from '../inbox/sweep.ts'
import { take, type Taken } from '../inbox/take.ts'
import type { BotState, Lease } from '../inbox/types.ts'
import { SWEEP_INTERVAL_MS, type Invocation } from './invocation.ts'
import { statusLines } from './status-lines.ts'

/**
 * Mailboxes that one look at the index brings, all drained at the same time: a drain mostly waits, for Telegram
 * or for its next try, and one that waits must not keep the others from theirs.
 */
const SWEEP_LIMIT = 32
/** Settling is asked for as long as this: whoever processed an update knows best that it is done. */
const SETTLE_MS = 60_000
const INIT_WAIT_MS = 10_000

export function createWorker(invocation: Invocation) {
  const { config, store, clock, log, deadlineMs } = invocation
  const call = createTelegramCall({ apiRoot: config.telegramApiRoot, token: config.botToken })
  // An answer that gives a lease must come while most of the lease is left.
  const timeoutMs = Math.min(3000, Math.floor(config.leaseMs / 3))
  const chosen = new Map<string, Language>()
  /** When a lease came with an acceptance, by the monotonic clock; the imports since then count as waiting. */
  const leasedAt = new WeakMap<Lease, number>()
  /** True once this invocation's own try to initialise failed, so that it is the one to go on trying. */
  let openedBreaker = false
  /** True once it has initialised the bot, so that others may wait for a sweep. */
  let initialised = false
  const hasTime = () => clock.monotonicMs() < deadlineMs

  const healDeps = (): HealDeps => ({
    store,
    config,
    call,
    log,
    clock,
    owner: invocation.newOwner(),
    commands: LANGUAGES.map((language) => ({ language, commands: commandsFor(language) })),
  })

  /** Heals, and goes on trying until the invocation's time is over; then drains what has waited. */
  async function healAndDrain(reason: HealReason, persist: boolean): Promise<void> {
    if (!(await recover(healDeps, reason, { persist, clock, deadlineMs }))) return
    if (reason !== 'init') await alert('reinitialized', `The bot has re-initialised itself (${reason}).`)
    await sweep(0)
  }

  /** The bot's own data: from the state that came with the lease, else fetched once over all instances. */
  async function infoFrom(bot: BotState): Promise<BotInfo> {
    let info = readInfo(bot.info)
    const giveUpAt = clock.monotonicMs() + INIT_WAIT_MS
    while (info === null || info.of_token !== config.botId) {
      // Data got with another token means that it was exchanged: everything is registered anew.
      const healed = await heal(healDeps(), info === null ? 'init' : 'restart')
      if (healed.word === 'failed') openedBreaker = true
      if (healed.word === 'healed') initialised = true
      if (healed.word === 'failed' || healed.word === 'early' || clock.monotonicMs() > giveUpAt) {
        throw new BotNotReady()
      }
      if (healed.word === 'busy') await clock.sleep(25)
      info = readInfo((await readSnapshot(store)).info)
    }
    return info
  }

  async function processUpdate(
    envelope: Envelope,
    lease: Lease,
    state: BotState,
    guard: Guard,
  ): Promise<void> {
    const leasedAtMs = leasedAt.get(lease) ?? clock.monotonicMs()
    const update = JSON.parse(envelope.payload) as Update
    const info = await infoFrom(state)
    const scope = createScope(
      {
        store,
        clock,
        chosen,
        adminTelegramIds: config.adminTelegramIds,
        forgetDeadLetters: (userId) => forgetDeadLetters(store, userId),
        statusLines: async () => statusLines(await readSnapshot(store), config),
      },
      envelope,
      update,
      lease.nowMs,
      leasedAtMs,
    )
    const bot = createBot({ token: config.botToken, apiRoot: config.telegramApiRoot, info, call })
    await bot.handle(update, scope, guard)
  }

  /** Tells the sender that an update was given up on, in one sentence. */
  async function apologise(envelope: Envelope, chatKey: string): Promise<void> {
    const update = JSON.parse(envelope.payload) as Update
    if (!/^-?\d+$/.test(chatKey) || !('message' in update || 'callback_query' in update)) return
    const language = pickLanguage(
      (envelope.userId === null ? undefined : chosen.get(envelope.userId)) ?? envelope.language,
      languageCodeOf(update),
    )
    await call('sendMessage', { chat_id: Number(chatKey), text: texts[language].givenUp })
  }

  /** Tells the administrators, once per cause and hour. */
  const alert = (cause: string, text: string) =>
    quietly('alerting', () => alertAdmins({ store, config, call, log }, cause, text))

  const quietly = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      log.warn(`${what} failed`, { error })
    }
  }

  const drainDeps: DrainDeps = {
    clock,
    log,
    deadlineMs,
    redact: (text) => invocation.redact(text),
    hash: (chatKey) => invocation.hash(chatKey),
    leaseMs: config.leaseMs,
    maxAttempts: config.maxAttempts,
    process: processUpdate,
    inbox: {
      open: readEnvelope,
      renew: (lease) => renew(store, lease, config.leaseMs, { timeoutMs, totalMs: timeoutMs }),
      settle: (lease, errors, takeNext) =>
        settle(
          store,
          lease,
          { leaseMs: config.leaseMs, takeNext, errors },
          { timeoutMs, totalMs: SETTLE_MS },
        ),
      fail: (lease, failure) => fail(store, lease, failure, { timeoutMs, totalMs: SETTLE_MS }),
      take: (chatKey) =>
        take(store, chatKey, { owner: invocation.newOwner(), leaseMs: config.leaseMs }, { timeoutMs }),
    },
    on: {
      blocked: (_envelope, chatKey) => quietly('marking a chat', () => markBlocked(store, chatKey, true)),
      dead: async (envelope, chatKey, failureClass) => {
        await alert(
          `dead:${failureClass}`,
          `An update was given up on (${failureClass}). See /dead-letters: it can be replayed.`,
        )
        if (!envelope) return
        await quietly('telling the sender', async () => {
          await apologise(envelope, chatKey).catch((error: unknown) => {
            if (!isUnwritable(error)) throw error
          })
        })
      },
      telegramAnswers: async () => {
        try {
          await call('getWebhookInfo', {}, { timeoutMs: 10_000 })
          return true
        } catch (error) {
          return error instanceof TelegramRefused && error.code !== 401
        }
      },
      failed: ({ breaker }, errors) =>
        quietly('healing', async () => {
          if (breaker !== '' || openedBreaker) await healAndDrain('probe', true)
          else if (errors >= config.errorThreshold) await healAndDrain('threshold', true)
        }),
    },
  }

  /** Takes a mailbox and drains it. @returns what the take answered */
  async function adopt(chatKey: string): Promise<Taken['word']> {
    const taken = await drainDeps.inbox.take(chatKey)
    if (taken.word === 'leased') await drain(drainDeps, taken.lease, taken.bot)
    return taken.word
  }

  /**
   * Drains every mailbox that needs a worker, many at a time.
   * @param intervalMs nothing is done when any instance swept less than this ago
   * @returns how many mailboxes were drained, or null when a sweep was recent
   */
  async function sweep(intervalMs: number): Promise<number | null> {
    let drained: number | null = null
    for (let least = intervalMs; hasTime(); least = 0) {
      const found = await findDue(store, { intervalMs: least, limit: SWEEP_LIMIT })
      if (found === null) break
      const words: Taken['word'][] = []
      await Promise.all(
        found.map((chatKey) =>
          quietly('sweeping a mailbox', async () => {
            words.push(await adopt(chatKey))
          }),
        ),
      )
      const leased = words.filter((word) => word === 'leased').length
      drained = (drained ?? 0) + leased
      // With the breaker open nothing can be taken, and the index would bring the same mailboxes for ever.
      if (found.length < SWEEP_LIMIT || leased === 0) break
    }
    return drained
  }

  return {
    call,
    alert,
    sweep,
    heal: (reason: HealReason) => heal(healDeps(), reason),
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
      if (lease) leasedAt.set(lease, acceptedAtMs)
      if (lease) await drain(drainDeps, lease, bot)
      else if (bot.breaker === 'telegram' || bot.breaker === 'token') await healAndDrain('probe', false)
      else if (waitMs > 0) {
        await clock.sleep(waitMs)
        await adopt(chatKey)
      }
      if (expired) await adopt(expired)
      if (initialised) await sweep(0)
      else if (sweepDue) await sweep(SWEEP_INTERVAL_MS)
    },
  }
}

/** getMe's answer, with the id in the token that it was got with. */
type BotInfo = UserFromGetMe & { of_token?: string }

/** getMe's answer as it was stored; null where there is none that can be used. */
function readInfo(text: string | null): BotInfo | null {
  try {
    const info = JSON.parse(text ?? 'null') as BotInfo | null
    return typeof info?.id === 'number' && typeof info.username === 'string' ? info : null
  } catch {
    return null
  }
}
