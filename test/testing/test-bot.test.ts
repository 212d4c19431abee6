/** The author's test kit: that it is the whole bot, and says what went wrong. */
import { describe, expect, it } from 'vitest'
import { texts } from '../../lib/bot/texts/index.ts'
import { feature, type Feature } from '../../lib/kit/index.ts'
import type { BotContext } from '../../lib/kit/types.ts'
import { openStore as openProductStore } from '../../lib/redis.ts'
import { readSnapshot } from '../../lib/state/snapshot.ts'
import { testBot } from '../../lib/testing/index.ts'
import { featureBot } from '../support/feature-bot.ts'
import { engines, openStore } from '../support/store.ts'

/** A feature that does one thing with every message. */
const on = (work: (ctx: BotContext) => Promise<unknown>): Feature =>
  feature({ name: 'only', register: (bot) => void bot.on('message', work as never) })
const echo = on(async (ctx) => ctx.reply(`heard ${ctx.text}`))

describe('an update', () => {
  it('is accepted into the store, processed and settled there', async () => {
    const store = openStore(engines[0] ?? 'js')
    const bot = await testBot({ features: [echo], store })
    expect((await bot.person('Anna').says('hi')).text).toBe('heard hi')
    const product = openProductStore({ store, keyPrefix: store.prefix, storeKeyLocking: false })
    expect(await readSnapshot(product)).toMatchObject({
      accepted: 1,
      settled: 1,
      pending: 0,
      botStatus: 'OK',
    })
    await bot.close()
    await store.cleanup()
  })

  it('reaches the webhook that the bot has registered, by its public address', async () => {
    const { telegram, person } = await featureBot({ features: [echo] })
    await person('Anna').says('hi')
    expect(telegram.webhookInfo()).toMatchObject({ url: 'https://bot.example.com/webhook' })
    expect(telegram.deliveries).toMatchObject([{ attempt: 1, status: 200 }])
  })

  it('goes through all features of the bot unless a test names some', async () => {
    const { person } = await featureBot()
    expect((await person('Anna').says('/start')).text).toBe(texts.en.start('Anna'))
  })

  it('of any shape can be delivered', async () => {
    const { delivers, person } = await featureBot({ features: [echo] })
    const from = person('Anna').user
    const message = { message_id: 9, date: 1, chat: { id: from.id, type: 'private' }, from, text: 'raw' }
    expect((await delivers({ update_id: 1, message })).text).toBe('heard raw')
    expect((await delivers({ update_id: 1, message })).text).toBe('heard raw')
  })

  it('in the same store is not seen by another bot', async () => {
    const store = openStore(engines[0] ?? 'js')
    const bots = await Promise.all(
      ['a', 'b'].map((name) =>
        testBot({ features: [echo], store: { ...store, prefix: store.prefix + name } }),
      ),
    )
    await bots[0]?.person('Anna').says('hi')
    expect(bots.map(({ telegram }) => telegram.calls.some(({ method }) => method === 'sendMessage'))).toEqual(
      [true, false],
    )
    await Promise.all(bots.map((bot) => bot.close()))
    await store.cleanup()
  })
})

describe('a person', () => {
  it('is spoken to in the language of the client', async () => {
    const { person } = await featureBot()
    expect((await person('Лена', { language: 'ru' }).says('/help')).text).toContain(texts.ru.helpIntro)
  })

  it('is an administrator where the test says so', async () => {
    const { person } = await featureBot()
    expect((await person('Olga', { admin: true }).says('/help')).text).toContain('/status')
    expect((await person('Anna').says('/help')).text).not.toContain('/status')
  })

  it('talks in a group, in reply to a message and in a topic', async () => {
    const { person, group } = await featureBot({ features: [on((ctx) => ctx.reply(`in ${ctx.chat?.id}`))] })
    const anna = person('Anna')
    const friends = group('Friends', [anna])
    const { message, text } = await anna.says('hi', { in: friends })
    expect(text).toBe(`in ${friends.id}`)
    expect((await anna.says('and again', { in: friends, replyTo: message })).text).toBe(`in ${friends.id}`)
  })

  it('changes a message, and the bot hears of it', async () => {
    const edits = feature({
      name: 'edits',
      register(bot) {
        bot.on('edited_message', async (ctx) => void (await ctx.reply(`now ${ctx.text}`)))
      },
    })
    const { person, telegram } = await featureBot({ features: [edits] })
    const anna = person('Anna')
    const message = telegram.messageOf(telegram.sendText(anna.user, 'first'))
    expect((await anna.edits(message, 'second')).text).toBe('now second')
  })

  it('presses a button by what is on it or by its data, and sees the notice', async () => {
    const { person } = await featureBot()
    const anna = person('Anna')
    expect((await anna.says('/language')).buttons).toEqual(['✓ English', 'Русский', 'Français'])
    const pressed = await anna.presses('Русский')
    expect(pressed).toMatchObject({ text: texts.ru.languageSet, notice: texts.ru.languageSet })
    expect((await anna.presses('language:fr')).buttons).toEqual(['English', 'Русский', '✓ Français'])
  })

  it('is told which buttons there are where one is not', async () => {
    const { person } = await featureBot()
    const anna = person('Anna')
    await anna.says('/language')
    await expect(anna.presses('Deutsch')).rejects.toThrow('no button "Deutsch"; the buttons are: "✓ English"')
  })

  it.each(['sendsPhoto', 'sendsVoice', 'sendsDocument'] as const)(
    '%s, and the bot can have the file',
    async (send) => {
      const sizes = on(async (ctx) => {
        const { photo, voice, document } = ctx.message as never as Record<string, { file_id: string }>
        const { file_id: id } =
          (photo as never as { file_id: string }[] | undefined)?.[0] ?? voice ?? document!
        const file = await ctx.telegram.getFile(id)
        return ctx.reply(`${file.file_size} bytes`)
      })
      const { person } = await featureBot({ features: [sizes] })
      expect((await person('Anna')[send](Buffer.from('12345'), { caption: 'here' })).text).toBe('5 bytes')
    },
  )

  it('who blocks the bot gets nothing, and the update is settled', async () => {
    const { person, failures } = await featureBot({ features: [echo] })
    const anna = person('Anna')
    await anna.blocks()
    await anna.unblocks()
    expect((await anna.says('back')).text).toBe('heard back')
    expect(failures()).toEqual([])
  })
})

describe('a handler', () => {
  it('that fails once runs again', async () => {
    let runs = 0
    const flaky = on(async (ctx) => {
      if (++runs === 1) throw new TypeError('broken')
      return ctx.reply(`run ${runs}`)
    })
    const { person } = await featureBot({ features: [flaky] })
    expect((await person('Anna').says('hi')).text).toBe('run 2')
  })

  it('runs twice where the test asks for it, for one update', async () => {
    const heard: (string | undefined)[] = []
    const { person, runsAgain } = await featureBot({ features: [on(async (ctx) => heard.push(ctx.text))] })
    const anna = person('Anna')
    runsAgain()
    await anna.says('one')
    await anna.says('two')
    expect(heard).toEqual(['one', 'one', 'two'])
  })

  it('that always fails is named, with its error as the cause', async () => {
    const error = new TypeError('broken')
    const { person } = await featureBot({ features: [on(() => Promise.reject(error))] })
    await expect(person('Anna').says('hi')).rejects.toMatchObject({
      message: 'the update was given up on: broken',
      cause: error,
    })
  })

  it('whose call the Bot API does not know is named', async () => {
    const wrong = on((ctx) => ctx.reply('hi', { reply_to: 7 } as object))
    const store = openStore(engines[0] ?? 'js')
    const { person, close } = await testBot({ features: [wrong], store })
    await expect(person('Anna').says('hi')).rejects.toThrow('not as the Bot API has it: ')
    await close()
    await store.cleanup()
  })

  it('is not called for a person who is too fast', async () => {
    const { person } = await featureBot({ features: [echo], env: { RATE_LIMIT_REQUESTS: '1' } })
    const anna = person('Anna')
    expect((await anna.says('one')).text).toBe('heard one')
    expect((await anna.says('two')).text).toBe(texts.en.tooFast)
    expect((await anna.says('three')).calls).toEqual([])
  })
})

describe('Telegram', () => {
  it('refuses a call as the test says', async () => {
    const { person, refuses } = await featureBot({ features: [echo] })
    refuses('sendMessage', { description: 'Bad Request: message text is empty' })
    await expect(person('Anna').says('hi')).rejects.toThrow('message text is empty')
  })

  it('may ask for a pause: the update runs after it', async () => {
    const { person, refuses } = await featureBot({ features: [echo] })
    refuses('sendMessage', { code: 429, retryAfterSeconds: 30 })
    const { text, calls } = await person('Anna').says('hi')
    expect(text).toBe('heard hi')
    expect(calls).toHaveLength(2)
  })

  it('may ask for a pause that outlasts the function: a sweep runs the update after it', async () => {
    const { person, refuses, passes } = await featureBot({ features: [echo] })
    refuses('sendMessage', { code: 429, retryAfterSeconds: 3600 })
    expect((await person('Anna').says('hi')).text).toBe('')
    expect((await passes(3_599_000)).text).toBe('')
    expect((await passes(1000)).text).toBe('heard hi')
  })
})
