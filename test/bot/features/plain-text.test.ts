import { describe, expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { createTestBot } from '../../support/bot.ts'
import { ANNA, BOT_USER, entitiesOf, GROUP, message, PRIVATE, text } from '../../support/updates.ts'

const bot = createTestBot()

async function answersTo(update: unknown): Promise<unknown[]> {
  return (await bot.send(update)).map(({ params }) => params['text'])
}

describe('in a private chat', () => {
  it.each(LANGUAGES)('plain text, unknown commands and media are answered in %s', async (language) => {
    const speaking = createTestBot({ scope: { language } })
    const { plainText, unknownCommand, notText } = texts[language]
    for (const [update, expected] of [
      [text('hello'), plainText],
      [text('/nonsense now'), unknownCommand],
      [message({ sticker: { file_id: 's' } }), notText],
    ]) {
      expect(await speaking.send(update)).toEqual([
        { method: 'sendMessage', params: { chat_id: 42, text: expected } },
      ])
    }
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
  ])('%s is answered', async (kind) => {
    expect(await answersTo(message({ [kind]: {}, caption: '/ping hello' }))).toEqual([texts.en.notText])
  })

  it.each(['pinned_message', 'new_chat_title', 'successful_payment', 'migrate_to_chat_id', 'unknown_kind'])(
    'the service message %s is not',
    async (kind) => {
      expect(await answersTo(message({ [kind]: {} }))).toEqual([])
    },
  )

  it('an old-style chat without a type is a private one', async () => {
    const { type: _type, ...chat } = PRIVATE
    expect(await answersTo(message({ chat, text: 'hello' }))).toEqual([texts.en.plainText])
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
    expect(await bot.send(update)).toEqual([])
  })

  it.each([
    [
      'an unknown command for this bot',
      text('/nonsense@Evergram_Bot', { chat: GROUP }),
      texts.en.unknownCommand,
    ],
    [
      'a reply',
      text('hi', { chat: GROUP, reply_to_message: { ...original, from: BOT_USER } }),
      texts.en.plainText,
    ],
    [
      'a voice reply',
      message({ chat: GROUP, voice: {}, reply_to_message: { ...original, from: BOT_USER } }),
      texts.en.notText,
    ],
  ])('%s is replied to', async (_what, update, expected) => {
    expect(await bot.send(update)).toEqual([
      {
        method: 'sendMessage',
        params: {
          chat_id: GROUP.id,
          text: expected,
          reply_parameters: { message_id: 7, allow_sending_without_reply: true },
        },
      },
    ])
  })
})

describe('what no person said to the bot is not answered', () => {
  const words = { text: '/start', ...entitiesOf('/start') }
  const content = { message_id: 7, from: ANNA, chat: PRIVATE, date: 1_790_000_000, ...words }
  const anonymous = { id: 1_087_968_824, is_bot: true, first_name: 'Group' }

  it.each([
    ['an edited message', { update_id: 1, edited_message: { ...content, edit_date: 1_790_000_001 } }],
    ['a channel post', { update_id: 1, channel_post: { ...content, chat: { id: -1, type: 'channel' } } }],
    ['an edited channel post', { update_id: 1, edited_channel_post: content }],
    ['a business message', { update_id: 1, business_message: content }],
    ['a message in a channel', message({ ...words, chat: { id: -1, type: 'channel' } })],
    ['a post copied to the discussion', message({ ...words, chat: GROUP, is_automatic_forward: true })],
    ['another bot', message({ ...words, from: { ...ANNA, is_bot: true } })],
  ])('%s', async (_what, update) => {
    expect(await bot.send(update)).toEqual([])
  })

  it('but an anonymous administrator is a person', async () => {
    const update = message({ ...words, chat: GROUP, from: anonymous, sender_chat: GROUP })
    expect(await answersTo(update)).toEqual([texts.en.start('Group')])
  })
})
