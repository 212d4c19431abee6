/**
 * The entry of the room: puts the parts of an invocation's worker together. Each part is a file of its own, and
 * lib/README.md has their order. Imported only once there is work, because it brings in telegraf.
 */
import { panelUrl } from '../config.ts'
import type { Accepted } from '../inbox/accept.ts'
import { findDue } from '../inbox/sweep.ts'
import type { Lease } from '../inbox/types.ts'
import type { IncomingUpdate } from '../inbox/update.ts'
import { SWEEP_INTERVAL_MS, type Invocation } from '../invocation.ts'
import type { BotDefinition } from '../kit/feature.ts'
import { alertAdmins } from '../operator/alerts.ts'
import type { HealReason } from '../state/bot-state.ts'
import { markBlocked } from '../state/peers.ts'
import { telegramCallOf, type TelegramCall } from '../telegram.ts'
import { adopt } from './adopt.ts'
import { apologise } from './apologise.ts'
import { botInfoFrom } from './bot-info.ts'
import { drain, type DrainDeps } from './drain.ts'
import { follow } from './follow.ts'
import { giveUp } from './give-up.ts'
import { handleUpdate, type Conversation } from './handle.ts'
import { heal, type HealDeps } from './heal.ts'
import { mailboxCalls } from './mailbox-calls.ts'
import { quietly } from './quietly.ts'
import { recoverAndSweep } from './recover.ts'
import { LANES, sweepMailboxes } from './sweep.ts'
import { telegramAnswers } from './telegram-answers.ts'
import { loggedCall, observedCall } from './timed-call.ts'

/** On the button in the menu of administrators' chats, in every language. */
const MENU_TEXT = 'Panel'

/** What an invocation remembers between its steps. */
interface Progress {
  /** The update that its own request brought. `lease` and `leasedAtMs` where the acceptance came with the lease. */
  own: { updateId: string; ackMs: number | undefined; lease: Lease | null; leasedAtMs: number } | null
  /** How its own try to initialise the bot ended. After a failure it goes on trying, after a success it sweeps. */
  initialised: 'healed' | 'failed' | null
}

/** The worker of an invocation, for the bot of its deployment. Nothing is sent before one of its functions is called. */
export async function openWorker(invocation: Invocation) {
  const { config, store, clock, log, observe, deadlineMs } = invocation
  const bot = await invocation.bot()
  const send = telegramCallOf(config)
  const call = loggedCall(send, clock, log)
  const conversation: Conversation = { config, store, clock, log, bot, chosen: new Map() }
  const progress: Progress = { own: null, initialised: null }
  const inbox = mailboxCalls(invocation, (updateId) =>
    progress.own?.updateId === updateId ? progress.own.ackMs : undefined,
  )
  const healing = () => healDeps(invocation, bot, call)
  const healOnce = (reason: HealReason) => heal(healing(), reason)
  const alert = (cause: string, text: string) =>
    quietly(log, 'alerting', () => alertAdmins({ store, config, call, log }, cause, text))

  const drainDeps: DrainDeps = {
    clock,
    log,
    observe,
    deadlineMs,
    leaseMs: config.leaseMs,
    maxAttempts: config.maxAttempts,
    inbox,
    redact: invocation.redact,
    hash: invocation.hash,
    async process(envelope, lease, state, guard) {
      const isOwn = progress.own?.lease === lease
      // The imports since the acceptance count as waiting.
      const monotonicMs = isOwn && progress.own ? progress.own.leasedAtMs : clock.monotonicMs()
      const info = await botInfoFrom(invocation, state.info, async (reason) => {
        const healed = await healOnce(reason)
        if (healed.word === 'healed' || healed.word === 'failed') progress.initialised = healed.word
        return healed
      })
      const observed = observedCall(call, clock, observe, lease)
      const leasedAt = { storeMs: lease.nowMs, monotonicMs }
      await handleUpdate(conversation, observed, envelope, info, leasedAt, guard)
    },
    on: {
      blocked: (_envelope, chatKey) =>
        quietly(log, 'marking a chat', () => markBlocked(store, chatKey, true)),
      dead: (envelope, chatKey, failureClass) =>
        giveUp(
          { alert, log, apologise: (given, key) => apologise(conversation, call, given, key) },
          envelope,
          chatKey,
          failureClass,
        ),
      telegramAnswers: () => telegramAnswers(call),
      failed: ({ breaker }, errors) =>
        quietly(log, 'healing', async () => {
          if (breaker !== '' || progress.initialised === 'failed') await healAndDrain('probe', true)
          else if (errors >= config.errorThreshold) await healAndDrain('threshold', true)
        }),
    },
  }
  const drainLeased = drain.bind(null, drainDeps)
  const take = (chatKey: string) =>
    adopt({ take: (key) => inbox.take(key), drain: drainLeased, clock }, chatKey)

  /** Drains every mailbox that needs a worker; see sweepMailboxes. */
  const sweep = (intervalMs: number): Promise<number | null> =>
    sweepMailboxes(
      {
        findDue: (least) => findDue(store, { intervalMs: least, limit: LANES }),
        take,
        hasTime: () => clock.monotonicMs() < deadlineMs,
        onError: (error) => log.warn('sweeping a mailbox failed', { error }),
      },
      intervalMs,
    )
  const healAndDrain = (reason: HealReason, persist: boolean): Promise<number> =>
    recoverAndSweep({ healing, alert, sweep, clock, deadlineMs }, reason, persist)

  return {
    call,
    /** Tells the administrators, once per cause and hour. Never rejects. */
    alert,
    sweep,
    heal: healOnce,
    /**
     * Heals if the reason still holds, and drains what has waited for it. Where that opens the breaker it goes on
     * trying. A probe is one try, because the invocation that opened the breaker goes on probing.
     */
    healAndDrain: (reason: HealReason) => healAndDrain(reason, reason !== 'probe'),
    /** Goes on probing until the bot is healed or the time is over. */
    persist: () => healAndDrain('probe', true).then(() => {}),

    /**
     * What an accepted update left to do.
     * @param acceptedAtMs when the store's answer came, by the monotonic clock
     * @param ackMs from the request to its 200; none where that was no 200
     */
    follow(
      { chatKey, updateId }: Pick<IncomingUpdate, 'chatKey' | 'updateId'>,
      accepted: Accepted,
      acceptedAtMs: number,
      ackMs?: number,
    ): Promise<void> {
      const isNew = accepted.word === 'accepted'
      const { lease } = accepted
      progress.own = { updateId, ackMs: isNew ? ackMs : undefined, lease, leasedAtMs: acceptedAtMs }
      // When a resolved acceptance was asked for is not known, so the lease counts as over until it is renewed.
      const askedMs = acceptedAtMs - (ackMs ?? config.leaseMs)
      return follow(
        {
          clock,
          drain: drainLeased,
          takeAndDrain: (key) => take(key).then((drainIt) => drainIt?.()),
          probe: () => healAndDrain('probe', false),
          hasInitialised: () => progress.initialised === 'healed',
          sweep,
          sweepIntervalMs: SWEEP_INTERVAL_MS,
        },
        chatKey,
        accepted,
        askedMs,
      )
    },
  }
}

/** Drains every mailbox that needs a worker, now. @throws StoreError */
export async function sweepNow(invocation: Invocation): Promise<void> {
  await (await openWorker(invocation)).sweep(0)
}

function healDeps(invocation: Invocation, bot: BotDefinition, call: TelegramCall): HealDeps {
  const { store, config, log, redact, clock } = invocation
  const { adminTelegramIds } = config
  const url = panelUrl(config)
  return {
    store,
    config,
    call,
    log,
    redact,
    clock,
    owner: invocation.newOwner(),
    commands: bot.languages.map((language) => ({ language, commands: bot.commands(language) })),
    menu: url === null ? null : { adminTelegramIds, url, text: MENU_TEXT },
  }
}
