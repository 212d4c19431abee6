/** Updates as Telegram sends them, from the few fields that a test cares about. */
import { BOT } from './bot.ts'

/** The bot as the sender of a message. */
export const BOT_USER = { id: BOT.id, is_bot: true, first_name: BOT.first_name, username: BOT.username }

type Fields = Record<string, unknown>

export const ANNA = {
  id: 42,
  is_bot: false,
  first_name: 'Anna',
  username: 'anna',
  language_code: 'en',
}
export const PRIVATE = { id: 42, type: 'private', first_name: 'Anna', username: 'anna' }
export const GROUP = { id: -1_001_555_000_111, type: 'supergroup', title: 'Friends' }

const DATE = 1_790_000_000

/** A message of Anna's in a private chat, unless told otherwise. */
export function message(fields: Fields): Fields {
  return { update_id: 1, message: { message_id: 7, from: ANNA, chat: PRIVATE, date: DATE, ...fields } }
}

/** The entities that Telegram finds in a text that begins with a command. */
export function entitiesOf(text: string): Fields {
  const length = /^\/\w+(?:@\w+)?/.exec(text)?.[0].length
  return length === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length }] }
}

/** A text message, with the entity of its command if it begins with one. */
export function text(words: string, fields: Fields = {}): Fields {
  return message({ text: words, ...entitiesOf(words), ...fields })
}

/** The press of an inline button under a message of the bot's. */
export function press(data: string | undefined, fields: Fields = {}): Fields {
  const under = { message_id: 8, from: BOT_USER, chat: PRIVATE, date: DATE, text: 'choose' }
  const query = { id: '900', from: ANNA, chat_instance: '77', message: under, ...fields }
  return { update_id: 1, callback_query: data === undefined ? query : { ...query, data } }
}
