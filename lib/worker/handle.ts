/** One update through the bot: its envelope becomes telegraf's update and the scope that its features see. */
import type { Update } from 'telegraf/types'
import { panelUrl, type Config } from '../config.ts'
import { forgetDeadLetters } from '../inbox/dead-letters.ts'
import type { Envelope } from '../inbox/envelope.ts'
import { createBot } from '../kit/create-bot.ts'
import type { Guard } from '../kit/guarded-call.ts'
import type { Logger } from '../log.ts'
import type { BotDefinition } from '../kit/feature.ts'
import type { Reader, Store } from '../redis.ts'
import { readSnapshot } from '../state/snapshot.ts'
import type { TelegramCall } from '../telegram.ts'
import type { Clock } from '../time.ts'
import type { BotInfo } from './bot-info.ts'
import { createScope } from './scope.ts'
import { statusLines } from './status-lines.ts'

/** What lasts over the updates of one invocation. */
export interface Conversation {
  config: Config
  store: Store & Reader
  clock: Clock
  log: Logger
  bot: BotDefinition
  /** Languages chosen during it, by user id. */
  chosen: Map<string, string>
}

/** The same instant on two clocks, in ms. */
export interface Moment {
  storeMs: number
  monotonicMs: number
}

/**
 * Runs the bot over an update. Rejects with what went wrong.
 * @param leasedAt when the store gave the lease
 */
export async function handleUpdate(
  { config, store, clock, log, bot, chosen }: Conversation,
  call: TelegramCall,
  envelope: Envelope,
  info: BotInfo,
  leasedAt: Moment,
  guard: Guard,
): Promise<void> {
  const update = JSON.parse(envelope.payload) as Update
  const scope = createScope(
    {
      store,
      clock,
      bot,
      chosen,
      adminTelegramIds: config.adminTelegramIds,
      panelUrl: panelUrl(config),
      forgetDeadLetters: (userId) => forgetDeadLetters(store, userId),
      statusLines: async () => statusLines(await readSnapshot(store), config),
    },
    envelope,
    update,
    leasedAt.storeMs,
    leasedAt.monotonicMs,
  )
  const { features } = bot
  const telegraf = createBot({
    token: config.botToken,
    apiRoot: config.telegramApiRoot,
    info,
    call,
    handlerMs: config.handlerTimeoutMs,
    features,
    onFallback: (method, refusal) =>
      log.warn('call repeated without what was refused', { update_id: envelope.updateId, method, refusal }),
  })
  await telegraf.handle(update, scope, guard)
}
