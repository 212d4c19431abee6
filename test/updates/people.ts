/** Invented people, chats and the envelope of a message. */

export type Fields = Record<string, unknown>

/** An update without its id. */
export interface OwnUpdate {
  /** What it is, for the message of a failed test. */
  name: string
  update: Fields
  /** The version of the Bot API that brought one of its fields, where that is newer than 10.1. */
  since?: '10.2' | '10.3'
}

export const DATE = 1_790_100_000

export const LENA = {
  id: 880_000_101,
  is_bot: false,
  first_name: 'Lena',
  last_name: 'Quist',
  username: 'lena_example',
  language_code: 'en',
}
/** A person with an id of more than 32 bits and nothing but a first name. */
export const OMAR = { id: 7_880_000_000_102, is_bot: false, first_name: 'Omar ☂', is_premium: true }
export const HELPER_BOT = {
  id: 880_000_103,
  is_bot: true,
  first_name: 'Helper',
  username: 'helper_example_bot',
}
/** Stands for every anonymous administrator on Telegram; `sender_chat` tells which group it is. */
export const ANONYMOUS_ADMIN = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: 'Group',
  username: 'GroupAnonymousBot',
}
/** Stands for every channel that writes in a group. */
export const CHANNEL_BOT = {
  id: 136_817_688,
  is_bot: true,
  first_name: 'Channel',
  username: 'Channel_Bot',
}
/** Stands before posts that Telegram forwards from a channel into its discussion group. */
export const TELEGRAM = { id: 777_000, is_bot: false, first_name: 'Telegram' }

export const PRIVATE = {
  id: LENA.id,
  type: 'private',
  first_name: LENA.first_name,
  username: LENA.username,
}
export const SMALL_GROUP = { id: -880_201, type: 'group', title: 'Two walkers' }
export const GROUP = { id: -1_008_800_000_202, type: 'supergroup', title: 'Walkers' }
export const FORUM = { id: -1_008_800_000_203, type: 'supergroup', title: 'Topics', is_forum: true }
export const CHANNEL = {
  id: -1_008_800_000_204,
  type: 'channel',
  title: 'Weather by the sea',
  username: 'weather_example',
}
export const CHANNEL_DIRECT = {
  id: -1_008_800_000_205,
  type: 'supergroup',
  title: 'Weather by the sea',
  is_direct_messages: true,
}

/** A message of Lena's in her private chat, unless the fields say otherwise. */
export const messageOf = (fields: Fields): Fields => ({
  message_id: 301,
  from: LENA,
  chat: PRIVATE,
  date: DATE,
  ...fields,
})

/** An update of kind `message`. */
export const message = (name: string, fields: Fields, since?: OwnUpdate['since']): OwnUpdate => ({
  name,
  update: { message: messageOf(fields) },
  ...(since && { since }),
})

/** An earlier message, as another object refers to it. */
export const earlier = (fields: Fields = { text: 'an earlier message' }): Fields =>
  messageOf({ message_id: 290, date: DATE - 600, ...fields })

export const entity = (type: string, offset: number, length: number, fields: Fields = {}): Fields => ({
  type,
  offset,
  length,
  ...fields,
})
