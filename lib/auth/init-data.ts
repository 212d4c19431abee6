/** Checks who opened the Mini App. Telegram signs this data with a key derived from the bot's token. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Maximum age of init data. The page logs in at once, so older data may be stolen. */
const FRESH_MS = 5 * 60_000
/** Maximum difference between Telegram's clock and this instance's, in milliseconds. */
const SKEW_MS = 60_000

export type Visitor = { word: 'valid'; userId: string } | { word: 'bad' } | { word: 'expired' }

/**
 * Checks init data and reads the user from it.
 *
 * Telegram's rule (core.telegram.org/bots/webapps): the fields but `hash`, one `name=value` a line in the order of
 * code points, under HMAC-SHA256 with the key HMAC-SHA256("WebAppData", bot token).
 * @param text as Telegram gave it to the page: a query string
 * @param nowMs ms since 1970
 */
export function readInitData(text: string, botToken: string, nowMs: number): Visitor {
  const fields = [...new URLSearchParams(text)]
  const names = new Set(fields.map(([name]) => name))
  // Telegram sends no field twice. A repeated field could be read in two ways, so it is refused.
  if (names.size !== fields.length) return { word: 'bad' }
  const given = Buffer.from(fields.find(([name]) => name === 'hash')?.[1] ?? '')
  const lines = fields.filter(([name]) => name !== 'hash').map(([name, value]) => `${name}=${value}`)
  // The order of UTF-8's bytes is the order of code points.
  const sorted = lines.map((line) => Buffer.from(line)).toSorted((a, b) => Buffer.compare(a, b))
  const expected = Buffer.from(sign(sorted.map(String).join('\n'), botToken))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { word: 'bad' }

  const { auth_date: authDate = '', user = '' } = Object.fromEntries(fields)
  if (!/^\d{1,12}$/.test(authDate)) return { word: 'bad' }
  const ageMs = nowMs - Number(authDate) * 1000
  if (ageMs > FRESH_MS || ageMs < -SKEW_MS) return { word: 'expired' }
  const userId = idIn(user)
  return userId === null ? { word: 'bad' } : { word: 'valid', userId }
}

/** The hash as Telegram writes it: 64 lower-case hex digits. */
function sign(dataCheckString: string, botToken: string): string {
  const key = createHmac('sha256', 'WebAppData').update(botToken).digest()
  return createHmac('sha256', key).update(dataCheckString).digest('hex')
}

function idIn(user: string): string | null {
  try {
    const { id } = JSON.parse(user) as { id?: unknown }
    return Number.isSafeInteger(id) && Number(id) > 0 ? String(id) : null
  } catch {
    return null
  }
}
