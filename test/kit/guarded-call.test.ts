/** A feature's calls over the whole way: what the guarded call does about an answer of Telegram. */
import { expect, it } from 'vitest'
import { feature, type Feature } from '../../lib/kit/index.ts'
import type { BotContext } from '../../lib/kit/types.ts'
import { featureBot } from '../support/feature-bot.ts'

/** A feature that does one thing with a command. */
const onGo = (work: (ctx: BotContext) => Promise<unknown>): Feature =>
  feature({ name: 'go', register: (bot) => void bot.command('go', (ctx) => work(ctx)) })

it('markup that Telegram cannot parse goes out again as plain text', async () => {
  const { person, failures } = await featureBot({
    features: [onGo((ctx) => ctx.reply('<b>hi', { parse_mode: 'HTML' }))],
  })
  const { text, calls } = await person('Anna').says('/go')
  expect(text).toBe('<b>hi')
  expect(calls.map(({ params }) => params['parse_mode'])).toEqual(['HTML', undefined])
  expect(failures()).toEqual([])
})

it('an answer to a group that has just become a supergroup goes to the supergroup', async () => {
  let become = () => {}
  const { person, group, telegram, failures } = await featureBot({
    features: [
      onGo(async (ctx) => {
        become()
        return ctx.reply('here')
      }),
    ],
  })
  const anna = person('Anna')
  const friends = group('Friends', [anna])
  let supergroup = friends
  become = () => void (supergroup = telegram.migrate(friends).chat)
  const { message } = await anna.says('/go', { in: friends })
  expect(supergroup.id).not.toBe(friends.id)
  expect(message).toMatchObject({ text: 'here', chat: { id: supergroup.id } })
  expect(failures()).toEqual([])
})

it('a file goes out as an upload, and its message is what the call returns', async () => {
  const file = { source: Buffer.from('some bytes'), filename: 'a.txt' }
  const { person } = await featureBot({
    features: [
      onGo(async (ctx) => {
        const sent = await ctx.replyWithDocument(file, { caption: 'here' })
        return ctx.reply(`message ${sent.message_id}`)
      }),
    ],
  })
  const { messages, calls } = await person('Anna').says('/go')
  expect(calls[0]?.params['document']).toEqual({ file_name: 'a.txt', size: 10 })
  expect(messages.map(({ caption, text }) => caption ?? text)).toEqual([
    'here',
    `message ${messages[0]?.message_id}`,
  ])
})

it.each([
  ['a message', (ctx: BotContext) => ctx.reply('hi')],
  ['an upload', (ctx: BotContext) => ctx.replyWithDocument({ source: Buffer.from('x') })],
])('%s to a person who has just blocked the bot ends the update without a retry', async (_what, send) => {
  let runs = 0
  const { person, refuses, peer } = await featureBot({
    features: [onGo((ctx) => (runs++, send(ctx)))],
  })
  const anna = person('Anna')
  refuses('sendMessage', { code: 403 })
  refuses('sendDocument', { code: 403 })
  expect((await anna.says('/go')).messages).toEqual([])
  expect(runs).toBe(1)
  expect(await peer(anna.user.id)).toMatchObject({ blocked: '1' })
})

it.each([
  ['a message', (ctx: BotContext) => ctx.reply('hi')],
  ['an upload', (ctx: BotContext) => ctx.replyWithDocument({ source: Buffer.from('x') }, { caption: 'hi' })],
])('%s that fails at Telegram is tried again', async (_what, send) => {
  const { person, refuses } = await featureBot({ features: [onGo(send)] })
  refuses('sendMessage', { code: 502 })
  refuses('sendDocument', { code: 429, retryAfterSeconds: 9 })
  const { text, calls } = await person('Anna').says('/go')
  expect(text).toBe('hi')
  expect(calls).toHaveLength(2)
})
