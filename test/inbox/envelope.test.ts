import { describe, expect, it } from 'vitest'
import { readEnvelope } from '../../lib/inbox/envelope.ts'

describe('readEnvelope', () => {
  it('reads the header and leaves the payload as it is', () => {
    expect(readEnvelope('1 17 1700000000000 42 notice ru 3\n{"a":1}\n1 2 3\u2028\u0000')).toEqual({
      updateId: '17',
      acceptedAtMs: 1_700_000_000_000,
      userId: '42',
      rate: 'notice',
      language: 'ru',
      replays: 3,
      payload: '{"a":1}\n1 2 3\u2028\u0000',
    })
  })

  it('returns null for missing fields', () => {
    expect(readEnvelope('1 17 5 - ok - 0\n')).toMatchObject({ userId: null, language: null, payload: '' })
  })

  it.each([
    ['another version', '2 17 5 - ok - 0\n{}'],
    ['a version that begins alike', '10 17 5 - ok - 0\n{}'],
    ['a word that is no verdict', '1 17 5 - maybe - 0\n{}'],
    ['a time that is none', '1 17 now - ok - 0\n{}'],
    ['a field too few', '1 17 5 - ok 0\n{}'],
    ['a field too many', '1 17 5 - ok - 0 0\n{}'],
    ['no payload', '1 17 5 - ok - 0'],
    ['something before the header', '\n1 17 5 - ok - 0\n{}'],
    ['nothing', ''],
  ])('returns null for %s', (_, text) => {
    expect(readEnvelope(text)).toBeNull()
  })
})
