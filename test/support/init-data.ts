/** Signs init data like Telegram, written from its documentation and not from our code. */
import { createHmac } from 'node:crypto'

const codePoints = (text: string) => Array.from(text, (character) => character.codePointAt(0) ?? 0)

function byCodePoint(a: string, b: string): number {
  const [left, right] = [codePoints(a), codePoints(b)]
  const at = left.findIndex((code, index) => code !== right[index])
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1)
}

/** A query string of the given fields in their order, and their hash. */
export function signInitData(pairs: [name: string, value: string][], botToken: string): string {
  const lines = pairs.map(([name, value]) => `${name}=${value}`).toSorted(byCodePoint)
  const key = createHmac('sha256', 'WebAppData').update(botToken).digest()
  const hash = createHmac('sha256', key).update(lines.join('\n')).digest('hex')
  return new URLSearchParams([...pairs, ['hash', hash]]).toString()
}

/** The init data of a user who opens the Mini App at `atMs` (ms since 1970). */
export function initDataOf(user: object, botToken: string, atMs = Date.now()): string {
  const authDate = String(Math.floor(atMs / 1000))
  return signInitData(
    [
      ['query_id', 'AAF'],
      ['user', JSON.stringify(user)],
      ['auth_date', authDate],
    ],
    botToken,
  )
}
