import { describe, expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { featureBot } from '../../support/feature-bot.ts'
import { ANNA, BOT_USER, entitiesOf, GROUP, message, PRIVATE, text } from '../../support/updates.ts'

describe('in a private chat', () => {
  it.each(LANGUAGES)('plain text is answered in %s', async (language) => {
    const { person } = await featureBot()
    const answer = await person('Anna', { language }).says('hello')
    expect(answer.text).toBe(texts[language].plainText)
    expect(answer.calls).toHaveLength(1)
  })

  it.each(LANGUAGES)('an unknown command is answered in %s', async (language) => {
    const { person } = await featureBot()
    const answer = await person('Anna', { language }).says('/nonsense now')
    expect(answer.text).toBe(texts[language].unknownCommand)
  })

  it.each(LANGUAGES)('a photo is answered in %s', async (language) => {
    const { person } = await featureBot()
    const answer = await person('Anna', { language }).sendsPhoto(Buffer.from('bytes'))
    expect(answer.text).toBe(texts[language].notText)
  })

  it.each([
    'animation',
    'audio',
    'contact',
    'dice',
    'document',
    'location',
    'photo',
    'poll',
    'sticker',
    'venue',
    'video',
    'video_note',
    'voice',
  ])('a message of the kind %s is answered', async (kind) => {
    const { delivers } = await featureBot()
    const answer = await delivers(message({ [kind]: {}, caption: '/ping hello' }))
    expect(answer.text).toBe(texts.en.notText)
    expect(answer.calls).toHaveLength(1)
  })

  it.each(['pinned_message', 'new_chat_title', 'successful_payment', 'migrate_to_chat_id', 'unknown_kind'])(
    'the service message %s is not answered',
    async (kind) => {
      const { delivers } = await featureBot()
      expect((await delivers(message({ [kind]: {} }))).calls).toEqual([])
    },
  )

  it('an old chat without a type is a private one', async () => {
    const { delivers } = await featureBot()
    const { type: _type, ...chat } = PRIVATE
    expect((await delivers(message({ chat, text: 'hello' }))).text).toBe(texts.en.plainText)
  })
})

describe('in a group', () => {
  const original = { message_id: 1, chat: GROUP, date: 1_790_000_000 }

  it.each([
    ['talk', text('hello', { chat: GROUP })],
    ['a photo', message({ chat: GROUP, photo: [] })],
    ['an unknown command', text('/nonsense', { chat: GROUP })],
    ['a command for another bot', text('/nonsense@other_bot', { chat: GROUP })],
    ['a reply to a person', text('yes', { chat: GROUP, reply_to_message: { ...original, from: ANNA } })],
    [
      'a message in a topic that the bot opened',
      text('hello', {
        chat: GROUP,
        reply_to_message: { ...original, from: BOT_USER, forum_topic_created: { name: 'x', icon_color: 0 } },
      }),
    ],
    [
      'a command for another bot in reply to this one',
      text('/x@other_bot', { chat: GROUP, reply_to_message: { ...original, from: BOT_USER } }),
    ],
  ])('%s is not answered', async (_what, update) => {
    const { delivers } = await featureBot()
    expect((await delivers(update)).calls).toEqual([])
  })

  it('an unknown command for this bot is answered with a reply', async () => {
    const { person, group } = await featureBot()
    const anna = person('Anna')
    const words = '/nonsense@Evergram_Bot'
    const { message: sent } = await anna.says(words, { in: group('Friends', [anna]) })
    expect(sent).toMatchObject({ text: texts.en.unknownCommand, reply_to_message: { text: words } })
  })

  it('a reply to the bot is answered with a reply', async () => {
    const { person, group } = await featureBot()
    const anna = person('Anna')
    const place = { in: group('Friends', [anna]) }
    const { message: first } = await anna.says('/privacy', place)
    const { message: sent } = await anna.says('hi', { ...place, replyTo: first })
    expect(sent).toMatchObject({ text: texts.en.plainText, reply_to_message: { text: 'hi' } })
  })

  it('a voice message in reply to the bot is answered with a reply', async () => {
    const { person, group } = await featureBot()
    const anna = person('Anna')
    const place = { in: group('Friends', [anna]) }
    const { message: first } = await anna.says('/privacy', place)
    const { message: sent } = await anna.sendsVoice(Buffer.from('ogg'), { ...place, replyTo: first })
    expect(sent).toMatchObject({ text: texts.en.notText, reply_to_message: { from: { id: anna.user.id } } })
  })
})

describe('what no person said to the bot', () => {
  const words = { text: '/start', ...entitiesOf('/start') }
  const content = { message_id: 7, from: ANNA, chat: PRIVATE, date: 1_790_000_000, ...words }
  const anonymous = { id: 1_087_968_824, is_bot: true, first_name: 'Group' }

  it.each([
    ['an edited message', { edited_message: { ...content, edit_date: 1_790_000_001 } }],
    ['a channel post', { channel_post: { ...content, chat: { id: -1, type: 'channel' } } }],
    ['an edited channel post', { edited_channel_post: content }],
    ['a business message', { business_message: content }],
    ['a message in a channel', message({ ...words, chat: { id: -1, type: 'channel' } })],
    ['a post copied to the discussion', message({ ...words, chat: GROUP, is_automatic_forward: true })],
    ['a message of another bot', message({ ...words, from: { ...ANNA, is_bot: true } })],
  ])('is not answered: %s', async (_what, update) => {
    const { delivers, telegram } = await featureBot()
    // As if the bot had asked for every kind.
    telegram.world.allowedUpdates = undefined
    expect((await delivers(update)).calls).toEqual([])
    expect(telegram.deliveries).toHaveLength(1)
  })

  it('is answered for an anonymous administrator, who is a person', async () => {
    const { delivers } = await featureBot()
    const update = message({ ...words, chat: GROUP, from: anonymous, sender_chat: GROUP })
    expect((await delivers(update)).text).toBe(texts.en.start('Group'))
  })
})
