/** One update through the bot, and what its sender is told when it was given up on. */
import type { Update } from 'telegraf/types'
import { createBot, type Guard } from '../kit/create-bot.ts'
import { createScope, languageCodeOf } from './scope.ts'
import type { TelegramCall } from '../telegram.ts'
import type { BotDefinition } from '../kit/feature.ts'
import { pickLanguage } from '../kit/language.ts'
import { panelUrl } from '../config.ts'
import { readSnapshot } from '../state/snapshot.ts'
import { forgetDeadLetters } from '../inbox/dead-letters.ts'
import type { Envelope } from '../inbox/envelope.ts'
import type { BotInfo } from './bot-info.ts'
import type { Invocation } from '../invocation.ts'
import { statusLines } from './status-lines.ts'

/** What lasts over the updates of one invocation. */
export interface Conversation {
  invocation: Invocation
  bot: BotDefinition
  call: TelegramCall
  /** Languages chosen during it, by user id. */
  chosen: Map<string, string>
}

/** Runs the bot over an update. @param storeNowMs,leasedAtMs one moment on the store's and the monotonic clock */
export async function processUpdate(
  { invocation, bot, call, chosen }: Conversation,
  envelope: Envelope,
  info: BotInfo,
  [storeNowMs, leasedAtMs]: [number, number],
  guard: Guard,
): Promise<void> {
  const { config, store, clock } = invocation
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
    storeNowMs,
    leasedAtMs,
  )
  const { features } = bot
  const telegraf = createBot({
    token: config.botToken,
    apiRoot: config.telegramApiRoot,
    info,
    call,
    handlerMs: config.handlerTimeoutMs,
    features,
  })
  await telegraf.handle(update, scope, guard)
}

/** Tells the sender that an update was given up on, in one sentence, where there is somebody to tell. */
export async function apologise(
  { bot, call, chosen }: Conversation,
  envelope: Envelope,
  chatKey: string,
): Promise<void> {
  const update = JSON.parse(envelope.payload) as Update
  if (!/^-?\d+$/.test(chatKey) || !('message' in update || 'callback_query' in update)) return
  const setting = envelope.userId === null ? undefined : chosen.get(envelope.userId)
  const language = pickLanguage(bot.languages, setting ?? envelope.language, languageCodeOf(update))
  await call('sendMessage', { chat_id: Number(chatKey), text: bot.texts(language).givenUp })
}
