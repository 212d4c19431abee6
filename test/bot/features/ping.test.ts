import { describe, expect, it } from 'vitest'
import { ping, pong } from '../../../lib/bot/features/ping.ts'
import { feature } from '../../../lib/kit/index.ts'
import { featureBot } from '../../support/feature-bot.ts'
import { message } from '../../support/updates.ts'

it.each([
  ['/ping', 'pong\n0 ms'],
  ['/ping ', 'pong\n0 ms'],
  ['/ping@evergram_bot', 'pong\n0 ms'],
  ['/ping hello', 'pong hello\n0 ms'],
  ['/ping@evergram_bot hello', 'pong hello\n0 ms'],
  ['/ping@EVERGRAM_BOT hello', 'pong hello\n0 ms'],
  ['/ping  two  spaces ', 'pong  two  spaces \n0 ms'],
  ['/ping\nline\n\tline', 'pong line\n\tline\n0 ms'],
  ['/ping😀 👨‍👩‍👧 e\u0301', 'pong 😀 👨‍👩‍👧 e\u0301\n0 ms'],
  ['/ping <b>&amp;</b> *_[`', 'pong <b>&amp;</b> *_[`\n0 ms'],
  ['/ping \u202eright\u2066 to left', 'pong \u202eright\u2066 to left\n0 ms'],
  ['/ping a\0b', 'pong a\0b\n0 ms'],
  ['/ping half \ud83d of a pair', 'pong half \uFFFD of a pair\n0 ms'],
  ['/ping /ping', 'pong /ping\n0 ms'],
])('%j is answered %j, as a reply', async (words, expected) => {
  const { person } = await featureBot()
  const anna = person('Anna')
  const { message: sent, calls } = await anna.says(words)
  expect(sent).toMatchObject({ text: expected, reply_to_message: { text: words } })
  expect(calls).toHaveLength(1)
})

it('is answered in the group and topic of the question', async () => {
  const { person, group, telegram } = await featureBot()
  const anna = person('Anna')
  const forum = group('Forum', [anna], { forum: true })
  telegram.world.chats.get(forum.id)?.topics.set(9, 'Plans')
  const { message: sent } = await anna.says('/ping hello', { in: forum, topic: 9 })
  expect(sent).toMatchObject({ chat: { id: forum.id }, message_thread_id: 9, text: 'pong hello\n0 ms' })
})

it('is understood without entities, as in updates of 2015', async () => {
  const { delivers } = await featureBot()
  expect((await delivers(message({ text: '/ping hello' }))).text).toBe('pong hello\n0 ms')
})

it.each([
  ['in the middle of a text', 'try /ping', [{ type: 'bot_command', offset: 4, length: 5 }]],
  ['in code', '/ping', [{ type: 'code', offset: 0, length: 5 }]],
])('is no command %s', async (_where, text, entities) => {
  const { delivers } = await featureBot()
  const answer = await delivers(message({ text, entities }))
  expect(answer.calls).toHaveLength(1)
  expect(answer.text).not.toContain('pong')
})

it('for another bot is not answered', async () => {
  const { person } = await featureBot()
  expect((await person('Anna').says('/ping@other_bot hello')).calls).toEqual([])
})

it('tells the time from acceptance to the answer, a failed attempt included', async () => {
  let isFirst = true
  const failsOnce = feature({
    name: 'fails once',
    register(bot) {
      bot.use(async (_ctx, next) => {
        if (!isFirst) return next()
        isFirst = false
        throw new Error('not yet')
      })
    },
  })
  const { person } = await featureBot({ features: [failsOnce, ping] })
  const { text } = await person('Anna').says('/ping')
  // The backoff of a first attempt: a second, a quarter more or less.
  const [, elapsedMs] = /^pong\n(\d+) ms$/.exec(text) ?? []
  expect(Number(elapsedMs)).toBeGreaterThanOrEqual(750)
  expect(Number(elapsedMs)).toBeLessThanOrEqual(1300)
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

  it('never shows a negative time: the clock of the store can step back', () => {
    expect(pong('', -5)).toBe('pong\n0 ms')
  })
})
