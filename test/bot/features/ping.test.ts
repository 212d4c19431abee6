import { describe, expect, it } from 'vitest'
import { pong } from '../../../lib/bot/features/ping.ts'
import { createTestBot } from '../../support/bot.ts'
import { GROUP, message, text } from '../../support/updates.ts'

const bot = createTestBot()
const REPLY = { reply_parameters: { message_id: 7, allow_sending_without_reply: true } }

it.each([
  ['/ping', 'pong\n12 ms'],
  ['/ping ', 'pong\n12 ms'],
  ['/ping@evergram_bot', 'pong\n12 ms'],
  ['/ping hello', 'pong hello\n12 ms'],
  ['/ping@evergram_bot hello', 'pong hello\n12 ms'],
  ['/ping@EVERGRAM_BOT hello', 'pong hello\n12 ms'],
  ['/ping  two  spaces ', 'pong  two  spaces \n12 ms'],
  ['/ping\nline\n\tline', 'pong line\n\tline\n12 ms'],
  ['/ping😀 👨‍👩‍👧 e\u0301', 'pong 😀 👨‍👩‍👧 e\u0301\n12 ms'],
  ['/ping <b>&amp;</b> *_[`', 'pong <b>&amp;</b> *_[`\n12 ms'],
  ['/ping \u202eright\u2066 to left', 'pong \u202eright\u2066 to left\n12 ms'],
  ['/ping a\0b', 'pong a\0b\n12 ms'],
  ['/ping half \ud83d of a pair', 'pong half \uFFFD of a pair\n12 ms'],
  ['/ping /ping', 'pong /ping\n12 ms'],
])('%j is answered %j', async (words, expected) => {
  expect(await bot.send(text(words))).toEqual([
    { method: 'sendMessage', params: { chat_id: 42, text: expected, ...REPLY } },
  ])
})

it('is answered in the group and topic where it was asked', async () => {
  const topic = { chat: GROUP, is_topic_message: true, message_thread_id: 9 }
  expect(await bot.send(text('/ping hello', topic))).toEqual([
    {
      method: 'sendMessage',
      params: { chat_id: GROUP.id, message_thread_id: 9, text: 'pong hello\n12 ms', ...REPLY },
    },
  ])
})

it('is understood without entities, as in updates of 2015', async () => {
  const [call] = await bot.send(message({ text: '/ping hello' }))
  expect(call?.params['text']).toBe('pong hello\n12 ms')
})

it('is not a command in the middle of a text, in code, or for another bot', async () => {
  const [middle] = await bot.send(
    message({ text: 'try /ping', entities: [{ type: 'bot_command', offset: 4, length: 5 }] }),
  )
  const [code] = await bot.send(
    message({ text: '/ping', entities: [{ type: 'code', offset: 0, length: 5 }] }),
  )
  expect(middle?.params['text']).not.toContain('pong')
  expect(code?.params['text']).not.toContain('pong')
  expect(await bot.send(text('/ping@other_bot hello'))).toEqual([])
})

it('takes the time from the scope when it answers', async () => {
  let elapsedMs = 0
  const clocked = createTestBot({ scope: { sinceAcceptedMs: () => (elapsedMs += 1000.4) } })
  const [first] = await clocked.send(text('/ping'))
  const [second] = await clocked.send(text('/ping'))
  expect([first?.params['text'], second?.params['text']]).toEqual(['pong\n1000 ms', 'pong\n2001 ms'])
})

describe('the whole answer', () => {
  it.each(['a', '😀', 'я', '\n!'])('of many %j is at most 4096 units and ends with the time', (piece) => {
    for (let length = 4070; length <= 4100; length++) {
      const words = piece.repeat(length).slice(0, length)
      const answer = pong(words, 123)
      expect(answer.length).toBeLessThanOrEqual(4096)
      expect(answer.length).toBeGreaterThanOrEqual(Math.min(4095, length))
      expect(answer.endsWith('\n123 ms')).toBe(true)
      expect(answer.replace(/\uFFFD/g, '')).not.toMatch(/\p{Surrogate}/u)
    }
  })

  it('never shows a negative time: clocks of the store can step back', () => {
    expect(pong('', -5)).toBe('pong\n0 ms')
  })
})
