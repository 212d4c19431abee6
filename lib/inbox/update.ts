/** Reads from a body what accept needs: whether it is an update, and the ids that decide its order. */

export interface IncomingUpdate {
  updateId: string
  /** Chat id; else user id; else `update:<id>`. */
  chatKey: string
  userId: string | null
  /** True where a person asks the bot for something: counts against the rate limit. */
  isRequest: boolean
}

export type ReadUpdate = ({ ok: true } & IncomingUpdate) | { ok: false; reason: string }

/**
 * Deepest nesting of an update. Telegram's updates stay under 20 levels. JSON.parse takes 500,000 levels, but
 * JSON.stringify and most recursive code overflow the stack between 3,000 and 5,000.
 */
const MAX_DEPTH = 200

/**
 * Reads the ids from an update's text.
 * @param botId the bot's user id, to recognise a reply to the bot
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

  // The kind is the first key with an object and a name in Telegram's form. A forged body may begin with `__proto__`.
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

/** Telegram's ids have up to 52 significant bits. As digits they pass Lua and JSON unchanged. */
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
