/** A feature's calls over the whole way: what the guarded call does about an answer of Telegram. */
import { Readable } from 'node:stream'
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

it('a call into a topic that is gone goes out once more without the topic', async () => {
  const { person, refuses, failures, log } = await featureBot({
    features: [onGo((ctx) => ctx.reply('hi', { message_thread_id: 77 }))],
  })
  refuses('sendMessage', { description: 'Bad Request: message thread not found' })
  const { text, calls } = await person('Anna').says('/go')
  expect(text).toBe('hi')
  expect(calls.map(({ params }) => params['message_thread_id'])).toEqual([77, undefined])
  expect(failures()).toEqual([])
  expect(log).toContainEqual(expect.objectContaining({ method: 'sendMessage', refusal: 'no_thread' }))
})

it.each([
  'Bad Request: not enough rights to send text messages to the chat',
  'Bad Request: CHAT_WRITE_FORBIDDEN',
])('a chat that refuses with "%s" ends the update without an error', async (description) => {
  const { person, group, refuses, failures } = await featureBot({
    features: [onGo((ctx) => ctx.reply('hi'))],
  })
  const anna = person('Anna')
  const friends = group('Friends', [anna])
  refuses('sendMessage', { description })
  const { calls } = await anna.says('/go', { in: friends })
  expect(calls).toHaveLength(1)
  expect(failures()).toEqual([])
})

it('another chat that cannot be written to is an error that the handler may catch', async () => {
  const { person, refuses, failures, peer } = await featureBot({
    features: [
      onGo(async (ctx) => {
        await ctx.telegram.sendMessage(-1001, 'to others').catch(() => {})
        return ctx.reply('still here')
      }),
    ],
  })
  const anna = person('Anna')
  refuses('sendMessage', { code: 403 })
  expect((await anna.says('/go')).text).toBe('still here')
  expect(failures()).toEqual([])
  expect(await peer(anna.user.id)).not.toHaveProperty('blocked')
})

it('another chat that cannot be written to, uncaught, is not blamed on the sender', async () => {
  let runs = 0
  const { person, refuses, failures, peer } = await featureBot({
    features: [
      onGo((ctx) => (runs++, ctx.telegram.sendMessage(ctx.chat?.id === 0 ? 0 : -1001, 'to others'))),
    ],
  })
  const anna = person('Anna')
  refuses('sendMessage', { code: 403, times: 99 })
  await expect(anna.says('/go')).rejects.toThrow()
  expect(runs).toBe(5)
  expect(failures()[0]).toMatchObject({ class: 'threw' })
  expect(await peer(anna.user.id)).not.toHaveProperty('blocked')
})

it('a refused call is logged with the line of the handler that made it', async () => {
  const { person, refuses, failures } = await featureBot({
    features: [onGo(async (ctx) => await ctx.reply('hi'))],
  })
  refuses('sendMessage', { description: 'Bad Request: message text is empty', times: 9 })
  await expect(person('Anna').says('/go')).rejects.toThrow()
  expect(failures()[0]).toMatchObject({ error: { stack: expect.stringContaining('guarded-call.test.ts') } })
})

it('a file that is not there is an error of the handler, and no outage of Telegram', async () => {
  const { person, failures } = await featureBot({
    features: [onGo((ctx) => ctx.replyWithDocument({ source: './missing.pdf' }))],
  })
  await expect(person('Anna').says('/go')).rejects.toThrow()
  expect(failures()[0]).toMatchObject({
    class: 'threw',
    error: { message: expect.stringContaining('ENOENT') },
  })
})

it('a file from an address that cannot be reached is an error of the handler', async () => {
  const { person, failures } = await featureBot({
    features: [onGo((ctx) => ctx.replyWithDocument({ url: 'http://127.0.0.1:9/a.pdf', filename: 'a.pdf' }))],
  })
  await expect(person('Anna').says('/go')).rejects.toThrow()
  expect(failures()[0]).toMatchObject({ class: 'threw' })
})

it('a stream is not sent a second time, when it would be empty', async () => {
  const { person, refuses, calls } = await streamBot()
  refuses('sendDocument', { description: "Bad Request: can't parse entities: x" })
  await expect(person('Anna').says('/go')).rejects.toThrow()
  expect(calls()).toBe(1)
})

async function streamBot() {
  const bot = await featureBot({
    features: [
      onGo((ctx) =>
        ctx.replyWithDocument(
          { source: Readable.from([Buffer.from('x')]), filename: 'a.txt' },
          { caption: '<b>', parse_mode: 'HTML' },
        ),
      ),
    ],
  })
  return { ...bot, calls: () => bot.telegram.calls.filter(({ method }) => method === 'sendDocument').length }
}
