/** What must be known of an update before it is accepted: whether it is one, and what it is ordered by. */

export interface IncomingUpdate {
  updateId: string
  /** Chat id; else user id; else `update:<id>`. */
  chatKey: string
  userId: string | null
  /** True when somebody asks the bot for something, so that it counts against the rate limit. */
  isRequest: boolean
}

export type ReadUpdate = ({ ok: true } & IncomingUpdate) | { ok: false; reason: string }

/**
 * Deeper nesting than this is no update: Telegram's own stay under 20 levels. JSON.parse would take 500,000
 * levels, but JSON.stringify and most walkers overflow the stack between 3,000 and 5,000.
 */
const MAX_DEPTH = 200

/**
 * Reads the ids out of an update's text.
 * @param botId the bot's own user id, to tell a reply to the bot from talk among others
 */
export function readUpdate(text: string, botId: string): ReadUpdate {
  if (isTooDeep(text)) return { ok: false, reason: 'nested too deep' }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'not JSON' }
  }
  const update = record(parsed)
  if (!update) return { ok: false, reason: 'not an object' }
  const updateId = idOf(update['update_id'])
  if (updateId === null) return { ok: false, reason: 'no integer update_id' }

  // A kind is named like Telegram names them; `__proto__` is a key that somebody put in front of it.
  const kind = Object.keys(update).find((key) => /^[a-z]\w*$/.test(key) && record(update[key]))
  const body = kind === undefined ? undefined : record(update[kind])
  const message = record(body?.['message'])
  const chat = record(body?.['chat']) ?? record(message?.['chat'])
  const user = record(body?.['from']) ?? record(body?.['user'])
  const userId = idOf(user?.['id'])
  const chatKey = idOf(chat?.['id']) ?? userId ?? `update:${updateId}`
  return { ok: true, updateId, chatKey, userId, isRequest: asksTheBot(kind, body, chat, botId) }
}

function asksTheBot(
  kind: string | undefined,
  body: Record<string, unknown> | undefined,
  chat: Record<string, unknown> | undefined,
  botId: string,
): boolean {
  if (kind === 'callback_query') return true
  if (kind !== 'message') return false
  if (chat?.['type'] === 'private') return true
  const text = body?.['text']
  const repliedTo = record(record(body?.['reply_to_message'])?.['from'])
  return (typeof text === 'string' && text.startsWith('/')) || idOf(repliedTo?.['id']) === botId
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** Telegram's ids have up to 52 significant bits; as digits they survive every later boundary. */
function idOf(value: unknown): string | null {
  return Number.isSafeInteger(value) ? String(value) : null
}

function isTooDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (inString) {
      if (unit === 92) i++
      else if (unit === 34) inString = false
    } else if (unit === 34) inString = true
    else if (unit === 91 || unit === 123) {
      if (++depth > MAX_DEPTH) return true
    } else if (unit === 93 || unit === 125) depth--
  }
  return false
}
