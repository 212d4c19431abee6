import type { Update } from 'telegraf/types'
import { TelegramRefused } from '../errors.ts'
import type { Envelope } from '../inbox/envelope.ts'
import { pickLanguage } from '../kit/language.ts'
import { refusalOf } from '../kit/refusals.ts'
import type { TelegramCall } from '../telegram.ts'
import type { Conversation } from './handle.ts'
import { languageCodeOf } from './scope.ts'

/**
 * Tells the sender, in one sentence, that their update was given up on. Only messages and pressed buttons of a chat
 * are answered so. A chat that cannot be written to is no error.
 */
export async function apologise(
  { bot, chosen }: Pick<Conversation, 'bot' | 'chosen'>,
  call: TelegramCall,
  envelope: Envelope,
  chatKey: string,
): Promise<void> {
  const update = JSON.parse(envelope.payload) as Update
  if (!/^-?\d+$/.test(chatKey) || !('message' in update || 'callback_query' in update)) return
  const setting = envelope.userId === null ? undefined : chosen.get(envelope.userId)
  const language = pickLanguage(bot.languages, setting ?? envelope.language, languageCodeOf(update))
  try {
    await call('sendMessage', { chat_id: Number(chatKey), text: bot.texts(language).givenUp })
  } catch (error) {
    if (!(error instanceof TelegramRefused) || refusalOf(error) !== 'unwritable') throw error
  }
}
