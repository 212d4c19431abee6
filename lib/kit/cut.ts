/** The most that one Telegram message holds, in UTF-16 code units: the unit in which Telegram counts. */
export const MESSAGE_LIMIT = 4096

const LONE_SURROGATE = /\p{Surrogate}/gu

/**
 * The beginning of a text, at most `limit` UTF-16 code units, never ending inside a surrogate pair.
 *
 * Lone surrogates become U+FFFD: JSON carries them as escapes, and Telegram refuses a request that
 * holds one. With the `u` flag the pattern matches those alone, not the halves of a pair.
 */
export function cut(text: string, limit: number = MESSAGE_LIMIT): string {
  const whole = text.replace(LONE_SURROGATE, '\uFFFD')
  if (whole.length <= limit) return whole
  const end = Math.max(0, Math.floor(limit))
  const last = whole.charCodeAt(end - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return whole.slice(0, splitsPair ? end - 1 : end)
}
