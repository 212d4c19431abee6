/** Made-up updates as Telegram sends them, for the busy store. */

type Fields = Record<string, unknown>

const DATE = 1_768_467_600

const PEOPLE: Record<number, Fields> = {
  501: { first_name: 'Irina', username: 'irina_k', language_code: 'ru' },
  502: { first_name: 'Luc', last_name: 'Moreau', language_code: 'fr' },
  503: { first_name: 'Ben', language_code: 'en' },
  504: { first_name: 'Zoë', username: 'zoe_reads', language_code: 'en', is_premium: true },
  505: { first_name: 'Tomás', language_code: 'es' },
  506: { first_name: '山田', language_code: 'ja' },
}

export const GROUP = { id: -1_002_003_004_005, type: 'supergroup', title: 'Choir, Tuesdays' }
export const FORUM = { id: -1_002_003_004_006, type: 'supergroup', title: 'Neighbours', is_forum: true }

export function person(id: number): Fields {
  return { id, is_bot: false, ...(PEOPLE[id] ?? { first_name: `Guest ${id}` }) }
}

/** A message in a private chat, or in `chat`. */
export function message(updateId: number, from: number, fields: Fields, chat?: Fields): Fields {
  const { first_name } = person(from)
  const where = chat ?? { id: from, type: 'private', first_name }
  const head = { message_id: updateId - 880_000_000, from: person(from), chat: where }
  return { update_id: updateId, message: { ...head, date: DATE, ...fields } }
}

export function text(
  updateId: number,
  from: number,
  words: string,
  chat?: Fields,
  more: Fields = {},
): Fields {
  const length = /^\/\w+/.exec(words)?.[0].length
  const entities = length === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length }] }
  return message(updateId, from, { text: words, ...entities, ...more }, chat)
}

export function voice(updateId: number, from: number, seconds: number, chat?: Fields): Fields {
  const file = { file_id: `AwACAgIAAxkB${updateId}`, file_unique_id: `AgAD${updateId}` }
  const sound = { duration: seconds, mime_type: 'audio/ogg', file_size: seconds * 2100, ...file }
  return message(updateId, from, { voice: sound }, chat)
}

export function topic(updateId: number, from: number, words: string, thread: number): Fields {
  return text(updateId, from, words, FORUM, { message_thread_id: thread, is_topic_message: true })
}

export function press(updateId: number, from: number, data: string): Fields {
  const under = { message_id: 77, chat: { id: from, type: 'private' }, date: DATE, text: 'Choose' }
  const query = { id: `4${updateId}`, from: person(from), chat_instance: '-55', message: under, data }
  return { update_id: updateId, callback_query: query }
}

export function member(updateId: number, from: number, before: string, after: string): Fields {
  const bot = { id: 7_000_000_001, is_bot: true, first_name: 'Evergram', username: 'evergram_bot' }
  const change = {
    chat: { id: from, type: 'private' },
    from: person(from),
    date: DATE,
    old_chat_member: { user: bot, status: before },
    new_chat_member: { user: bot, status: after, until_date: 0 },
  }
  return { update_id: updateId, my_chat_member: change }
}

/** Without a chat or a user. */
export function poll(updateId: number): Fields {
  const options = [
    { text: 'Monday', voter_count: 2 },
    { text: 'Thursday', voter_count: 5 },
  ]
  return { update_id: updateId, poll: { id: '5301', question: 'When?', options, is_closed: false } }
}
