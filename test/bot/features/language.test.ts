import { describe, expect, it } from 'vitest'
import { TelegramRefused } from '../../../lib/errors.ts'
import { texts } from '../../../lib/bot/texts/index.ts'
import { createTestBot } from '../../support/bot.ts'
import { press, text } from '../../support/updates.ts'

const button = (label: string, code: string) => ({ text: label, callback_data: `language:${code}` })
const ENGLISH = [[button('✓ English', 'en'), button('Русский', 'ru'), button('Français', 'fr')]]
const FRENCH = [[button('English', 'en'), button('Русский', 'ru'), button('✓ Français', 'fr')]]

describe('/language', () => {
  it('shows the languages under their own names, the current one ticked', async () => {
    const bot = createTestBot()
    expect(await bot.send(text('/language'))).toEqual([
      {
        method: 'sendMessage',
        params: { chat_id: 42, text: texts.en.languagePrompt, reply_markup: { inline_keyboard: ENGLISH } },
      },
    ])
    expect(bot.deeds).toEqual([])
  })

  it.each(['fr', 'FR', ' fr ', 'Français', 'français'])('%j sets French at once', async (word) => {
    const bot = createTestBot()
    expect(await bot.send(text(`/language ${word}`))).toEqual([
      { method: 'sendMessage', params: { chat_id: 42, text: texts.fr.languageSet } },
    ])
    expect(bot.deeds).toEqual(['setLanguage fr'])
  })

  it('shows the choice for a language that it does not speak', async () => {
    const bot = createTestBot({ scope: { language: 'fr' } })
    const [call] = await bot.send(text('/language klingon'))
    expect(call?.params).toEqual({
      chat_id: 42,
      text: texts.fr.languageUnknown,
      reply_markup: { inline_keyboard: FRENCH },
    })
    expect(bot.deeds).toEqual([])
  })
})

describe('a language button', () => {
  const answered = {
    method: 'answerCallbackQuery',
    params: { callback_query_id: '900', text: texts.fr.languageSet },
  }
  const edited = {
    method: 'editMessageText',
    params: {
      chat_id: 42,
      message_id: 8,
      text: texts.fr.languageSet,
      reply_markup: { inline_keyboard: FRENCH },
    },
  }

  it('sets the language, answers the press and edits the message in it', async () => {
    const bot = createTestBot()
    expect(await bot.send(press('language:fr'))).toEqual([answered, edited])
    expect(bot.deeds).toEqual(['setLanguage fr'])
  })

  it('works when Telegram leaves the message out, or names an inline one', async () => {
    const bot = createTestBot()
    expect(await bot.send(press('language:fr', { message: undefined }))).toEqual([answered])
    const [, inline] = await bot.send(press('language:fr', { message: undefined, inline_message_id: 'x1' }))
    expect(inline?.params['inline_message_id']).toBe('x1')
    expect(inline?.params).not.toHaveProperty('chat_id')
  })

  it.each([
    'Bad Request: message is not modified: specified new message content and reply markup are exactly the same',
    'Bad Request: query is too old and response timeout expired or query ID is invalid',
    'Bad Request: message to edit not found',
    "Bad Request: message can't be edited",
  ])('takes %j for no error', async (description) => {
    const bot = createTestBot({
      onCall: ({ method }) => {
        throw new TelegramRefused(method, 400, description)
      },
    })
    expect(await bot.send(press('language:fr'))).toEqual([answered, edited])
  })

  it.each(['answerCallbackQuery', 'editMessageText'])('lets any other refusal of %s out', async (refused) => {
    const bot = createTestBot({
      onCall: ({ method }) => {
        if (method === refused)
          throw new TelegramRefused(method, 403, 'Forbidden: bot was blocked by the user')
      },
    })
    await expect(bot.send(press('language:fr'))).rejects.toThrow('blocked')
  })
})

it.each(['language:de', 'language:', 'language', 'old-menu:3', '', undefined])(
  'the button %j of an old keyboard is answered, so that it does not spin',
  async (data) => {
    const bot = createTestBot()
    expect(await bot.send(press(data))).toEqual([
      { method: 'answerCallbackQuery', params: { callback_query_id: '900' } },
    ])
    expect(bot.deeds).toEqual([])
  },
)

it('an old-style press, whose id is a number, is answered with a string', async () => {
  const [call] = await createTestBot().send(press('x', { id: 900 }))
  expect(call?.params['callback_query_id']).toBe('900')
})
