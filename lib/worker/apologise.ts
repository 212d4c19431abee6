import type { Update } from 'telegraf/types'
import { TelegramRefused } from '../errors.ts'
import type { Envelope } from '../inbox/envelope.ts'
import { guardedJsonCall } from '../kit/guarded-call.ts'
import { pickLanguage } from '../kit/language.ts'
import { placeOf } from '../kit/place.ts'
import { refusalOf } from '../kit/refusals.ts'
import { movePeer } from '../state/peers.ts'
import type { TelegramCall } from '../telegram.ts'
import type { Conversation } from './handle.ts'
import { languageCodeOf } from './scope.ts'

/**
 * Tells the sender, in one sentence and in the place of the update, that it was given up on. Only messages and pressed
 * buttons of a chat are answered so. A chat that cannot be written to is no error.
 */
export async function apologise(
  { config, store, bot, chosen }: Pick<Conversation, 'config' | 'store' | 'bot' | 'chosen'>,
  call: TelegramCall,
  envelope: Envelope,
  chatKey: string,
): Promise<void> {
  const update = JSON.parse(envelope.payload) as Update
  if (!/^-?\d+$/.test(chatKey) || !('message' in update || 'callback_query' in update)) return
  // A button of a message in inline mode comes without a chat: its person is told in private.
  const place = placeOf(update, true) ?? { chat_id: Number(chatKey) }
  const setting = envelope.userId === null ? undefined : chosen.get(envelope.userId)
  const language = pickLanguage(bot.languages, setting ?? envelope.language, languageCodeOf(update))
  const send = guardedJsonCall({
    call,
    apiRoot: config.telegramApiRoot,
    // The lease is free by now: only the call's own time limit ends it.
    guard: { signal: new AbortController().signal, beforeCall: () => Promise.resolve() },
    scope: { moveChat: (from, to) => movePeer(store, from, to) },
  })
  try {
    await send('sendMessage', { ...place, text: bot.texts(language).givenUp })
  } catch (error) {
    if (!(error instanceof TelegramRefused) || refusalOf(error) !== 'unwritable') throw error
  }
}
