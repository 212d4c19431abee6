/** Init data is accepted only with Telegram's signature, and only for five minutes. */
import { describe, expect, it } from 'vitest'
import { readInitData } from '../../lib/auth/init-data.ts'
import { signInitData } from '../support/init-data.ts'

const TOKEN = '123456789:AAabcdefghijklmnopqrstuvw'
const NOW = 1_790_000_000_000
const user = { id: 901, first_name: 'Ада 😀 <b>', language_code: 'ru' }

const fields = (more: Record<string, string> = {}) => ({
  query_id: 'AAF',
  user: JSON.stringify(user),
  auth_date: String(NOW / 1000),
  signature: 'c2ln',
  ...more,
})
const signed = (given: Record<string, string> | [string, string][], token = TOKEN) =>
  signInitData(Array.isArray(given) ? given : Object.entries(given), token)
const read = (text: string, nowMs = NOW) => readInitData(text, TOKEN, nowMs)

describe('init data', () => {
  it('of this bot returns its user', () => {
    expect(read(signed(fields()))).toEqual({ word: 'valid', userId: '901' })
  })

  it('with a hash computed by another program is valid', () => {
    const token = '7123456789:AAFakeTokenOfNoBot_0123456789abcdefg'
    const data =
      'query_id=AAEvergram&user=%7B%22id%22%3A901%2C%22first_name%22%3A%22%D0%90%D0%B4%D0%B0+%F0%9F%98%80' +
      '%22%2C%22username%22%3A%22ada_example%22%2C%22language_code%22%3A%22ru%22%7D&chat_type=private' +
      '&auth_date=1790000000&signature=bm8gc2lnbmF0dXJl' +
      '&hash=fab81effc9bcc4c39c90a74255751d183376dddc43537cf627542365def57c90'
    expect(readInitData(data, token, NOW)).toEqual({ word: 'valid', userId: '901' })
  })

  it('is sorted by code points, not by UTF-16 units', () => {
    // U+FF5A comes before U+1D400, whose first surrogate is smaller.
    const odd = signed(fields({ 'k\u{1d400}': '1', 'k\uff5a': '2' }))
    expect(read(odd)).toEqual({ word: 'valid', userId: '901' })
  })

  it('is valid for five minutes, with a tolerance of one minute between clocks', () => {
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
    ['a hash with a digit more', `${signed(fields())}0`],
    ['a hash of as many characters but more bytes', signed(fields()).replace(/.$/, 'é')],
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
