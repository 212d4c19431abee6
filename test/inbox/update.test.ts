import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readUpdate } from '../../lib/inbox/update.ts'

const BOT = '999'
const read = (update: unknown) =>
  readUpdate(typeof update === 'string' ? update : JSON.stringify(update), BOT)
const message = (changes: object) => ({ update_id: 1, message: { message_id: 1, ...changes } })

describe('readUpdate', () => {
  it.each([
    [
      'a message: the chat',
      message({ chat: { id: -100123, type: 'supergroup' }, from: { id: 5 } }),
      '-100123',
      '5',
    ],
    ['an edited message', { update_id: 1, edited_message: { chat: { id: 7 }, from: { id: 5 } } }, '7', '5'],
    ['a channel post without a sender', { update_id: 1, channel_post: { chat: { id: -100 } } }, '-100', null],
    [
      'a button press: the chat of its message',
      { update_id: 1, callback_query: { from: { id: 5 }, message: { chat: { id: 8 } } } },
      '8',
      '5',
    ],
    [
      'a button press on an inline message: the user',
      { update_id: 1, callback_query: { from: { id: 5 } } },
      '5',
      '5',
    ],
    ['an inline query: the user', { update_id: 1, inline_query: { from: { id: 5 }, query: '' } }, '5', '5'],
    ['a poll answer: the voter', { update_id: 1, poll_answer: { user: { id: 6 } } }, '6', '6'],
    ['a poll: the update itself', { update_id: 77, poll: { id: '1' } }, 'update:77', null],
    ['an unknown kind', { update_id: 1, new_kind: { chat: { id: 3 } } }, '3', null],
    ['nothing but an id', { update_id: 12 }, 'update:12', null],
  ])('orders %s', (_, update, chatKey, userId) => {
    expect(read(update)).toMatchObject({ ok: true, chatKey, userId })
  })

  it.each([
    ['a message in private', message({ chat: { id: 5, type: 'private' }, text: 'hello' }), true],
    ['a command in a group', message({ chat: { id: -5, type: 'group' }, text: '/ping' }), true],
    ['talk in a group', message({ chat: { id: -5, type: 'group' }, text: 'ping /x' }), false],
    [
      'a reply to the bot',
      message({ chat: { id: -5, type: 'group' }, reply_to_message: { from: { id: 999 } } }),
      true,
    ],
    [
      'a reply to another user',
      message({ chat: { id: -5, type: 'group' }, reply_to_message: { from: { id: 998 } } }),
      false,
    ],
    ['a button press', { update_id: 1, callback_query: { from: { id: 5 } } }, true],
    ['an edited message', { update_id: 1, edited_message: { chat: { id: 5, type: 'private' } } }, false],
    ['a membership', { update_id: 1, my_chat_member: { chat: { id: 5, type: 'private' } } }, false],
  ])('decides whether an update is a request: %s', (_, update, isRequest) => {
    expect(read(update)).toMatchObject({ ok: true, isRequest })
  })

  it.each([
    ['of 52 bits', '4503599627370495', '-4503599627370496'],
    ['of 53 bits', '9007199254740991', '-9007199254740991'],
  ])('keeps all digits of the ids %s', (_, id, chat) => {
    expect(read(`{"update_id":${id},"message":{"chat":{"id":${chat}},"from":{"id":${id}}}}`)).toEqual({
      ok: true,
      updateId: id,
      chatKey: chat,
      userId: id,
      isRequest: false,
    })
  })

  it('refuses an id that is not exact or no number', () => {
    expect(read('{"update_id":9007199254740993}')).toEqual({ ok: false, reason: 'no integer update_id' })
    for (const id of ['"1"', '1.5', 'null', '{}', '1e400']) expect(read(`{"update_id":${id}}`).ok).toBe(false)
    expect(read('{"update_id":1,"message":{"chat":{"id":"5"},"from":{"id":1.5}}}')).toMatchObject({
      chatKey: 'update:1',
      userId: null,
    })
  })

  it.each([
    ['', 'not JSON'],
    ['{"update_id":1', 'not JSON'],
    ['[]', 'not an object'],
    ['null', 'not an object'],
    ['"x"', 'not an object'],
    ['{}', 'no integer update_id'],
  ])('refuses %j', (text, reason) => {
    expect(read(text)).toEqual({ ok: false, reason })
  })

  it('refuses a body that is nested too deep, and ignores brackets in strings', () => {
    const nested = (depth: number) => `{"update_id":1,"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect(read(nested(199))).toMatchObject({ ok: true })
    expect(read(nested(200))).toEqual({ ok: false, reason: 'nested too deep' })
    expect(read(nested(2_000_000))).toEqual({ ok: false, reason: 'nested too deep' })
    expect(read(`{"update_id":1,"a":"${'[{'.repeat(500)}\\"${'['.repeat(500)}\\\\"}`)).toMatchObject({
      ok: true,
    })
    expect(read(`{"update_id":1,"a":[${Array(500).fill('[]').join()}]}`)).toMatchObject({ ok: true })
  })

  it('ignores keys that cannot be a kind', () => {
    const text =
      '{"update_id":1,"__proto__":{"chat":{"id":1}},"constructor":{"chat":{"id":2}},"message":{"chat":{"id":3}}}'
    expect(read(text)).toMatchObject({ ok: true })
    expect(({} as Record<string, unknown>)['chat']).toBeUndefined()
    expect(read('{"update_id":1,"__proto__":{"chat":{"id":1}},"message":{"chat":{"id":3}}}')).toMatchObject({
      chatKey: '3',
    })
  })

  it('never throws, and every chat key is valid in a record', () => {
    const word = fc.oneof(fc.constantFrom('message', 'chat', 'from', 'id', 'update_id', 'user'), fc.string())
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        fc.integer(),
        fc.string(),
        fc.constant(null),
        fc.dictionary(word, tie('any')),
        fc.array(tie('any')),
      ),
    })).any
    fc.assert(
      fc.property(fc.dictionary(word, value), fc.integer(), (body, id) => {
        const result = readUpdate(JSON.stringify({ ...body, update_id: id }), BOT)
        expect(result).toMatchObject({ ok: true, updateId: String(id) })
        if (result.ok) expect(result.chatKey).toMatch(/^(-?\d+|update:-?\d+)$/)
      }),
      { numRuns: 300 },
    )
    fc.assert(fc.property(fc.string(), (text) => typeof readUpdate(text, BOT).ok === 'boolean'))
  })
})
