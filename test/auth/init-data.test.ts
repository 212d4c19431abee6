import { createHmac } from 'node:crypto'
import { sign } from '@telegram-apps/init-data-node'
import { describe, expect, it } from 'vitest'
import { readInitData } from '../../lib/auth/init-data.ts'

const TOKEN = '123456789:AAabcdefghijklmnopqrstuvw'
const NOW = 1_790_000_000_000
const user = { id: 901, first_name: 'Ада 😀 <b>', language_code: 'ru' }

/** As Telegram signs it, written down anew: sorted by code points, HMAC under HMAC("WebAppData", token). */
function signed(given: Record<string, string> | [string, string][], token = TOKEN): string {
  const pairs = Array.isArray(given) ? given : Object.entries(given)
  const lines = pairs.map(([name, value]) => `${name}=${value}`)
  const codes = (text: string) => Array.from(text, (c) => c.codePointAt(0) ?? 0)
  const sorted = lines.toSorted((a, b) => {
    const [left, right] = [codes(a), codes(b)]
    const at = left.findIndex((code, i) => code !== right[i])
    return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1)
  })
  const key = createHmac('sha256', 'WebAppData').update(token).digest()
  const hash = createHmac('sha256', key).update(sorted.join('\n')).digest('hex')
  return new URLSearchParams([...pairs, ['hash', hash]]).toString()
}
const fields = (more: Record<string, string> = {}) => ({
  query_id: 'AAF',
  user: JSON.stringify(user),
  auth_date: String(NOW / 1000),
  signature: 'c2ln',
  ...more,
})
const read = (text: string, nowMs = NOW) => readInitData(text, TOKEN, nowMs)

describe('init data', () => {
  it('of this bot names its user', () => {
    expect(read(signed(fields()))).toEqual({ word: 'valid', userId: '901' })
  })

  it('as the library signs it is the same', () => {
    const data = sign({ user, query_id: 'AAF' }, TOKEN, new Date(NOW))
    expect(read(data)).toEqual({ word: 'valid', userId: '901' })
  })

  it('is sorted by code points, not by UTF-16 units', () => {
    // U+FF5A comes before U+1D400, whose first surrogate is smaller.
    const odd = signed(fields({ 'k\u{1d400}': '1', 'k\uff5a': '2' }))
    expect(read(odd)).toEqual({ word: 'valid', userId: '901' })
  })

  it('is good for five minutes, give or take a minute between clocks', () => {
    const data = signed(fields())
    expect(read(data, NOW + 300_000)).toMatchObject({ word: 'valid' })
    expect(read(data, NOW + 300_001)).toEqual({ word: 'expired' })
    expect(read(data, NOW - 60_000)).toMatchObject({ word: 'valid' })
    expect(read(data, NOW - 60_001)).toEqual({ word: 'expired' })
  })

  it.each([
    ['nothing', ''],
    ['no hash', new URLSearchParams(fields()).toString()],
    ['another bot’s', signed(fields(), '987654321:AAabcdefghijklmnopqrstuvw')],
    ['another user put in', signed(fields()).replace('901', '902')],
    ['a field more', `${signed(fields())}&chat_type=private`],
    ['a field less', signed(fields()).replace('query_id=AAF&', '')],
    ['a user twice', `${signed(fields())}&user=${encodeURIComponent('{"id":902}')}`],
    ['a user twice, signed', signed([...Object.entries(fields()), ['user', '{"id":902}']])],
    ['a hash twice', `hash=00&${signed(fields())}`],
    [
      'a hash in capitals',
      signed(fields()).replace(/hash=(\w+)/, (_, h: string) => `hash=${h.toUpperCase()}`),
    ],
    ['a hash cut short', signed(fields()).slice(0, -1)],
    ['an empty hash', `${new URLSearchParams(fields()).toString()}&hash=`],
    ['no user', signed({ auth_date: String(NOW / 1000) })],
    ['a user without an id', signed(fields({ user: '{"first_name":"x"}' }))],
    ['an id of another kind', signed(fields({ user: '{"id":"901"}' }))],
    ['a negative id', signed(fields({ user: '{"id":-901}' }))],
    ['a user that is no JSON', signed(fields({ user: '{' }))],
    ['a user that is null', signed(fields({ user: 'null' }))],
    ['no date', signed({ user: JSON.stringify(user) })],
    ['an odd date', signed(fields({ auth_date: `${NOW / 1000}x` }))],
  ])('is refused with %s', (_name, text) => {
    expect(read(text)).toEqual({ word: 'bad' })
  })
})
