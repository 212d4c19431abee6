import { describe, expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { createTestBot } from '../../support/bot.ts'
import { GROUP, text } from '../../support/updates.ts'

const URL = 'https://bot.example.com/app'

describe.each(LANGUAGES)('/panel in %s', (language) => {
  it('gives administrators a button that opens the panel inside Telegram', async () => {
    const bot = createTestBot({ scope: { language, isAdmin: true, panelUrl: URL } })
    const button = { text: texts[language].panelButton, web_app: { url: URL } }
    expect(await bot.send(text('/panel'))).toEqual([
      {
        method: 'sendMessage',
        params: {
          chat_id: 42,
          text: texts[language].panelPrompt,
          reply_markup: { inline_keyboard: [[button]] },
        },
      },
    ])
  })

  it('says what is missing where Telegram could not open it', async () => {
    const bot = createTestBot({ scope: { language, isAdmin: true, panelUrl: null } })
    const [call] = await bot.send(text('/panel'))
    expect(call?.params).toEqual({ chat_id: 42, text: texts[language].panelUnavailable })
  })
})

describe('/panel', () => {
  it('is to anybody else a command like no other', async () => {
    const bot = createTestBot({ scope: { panelUrl: URL } })
    const calls = await bot.send(text('/panel'))
    expect(calls).toEqual(await bot.send(text('/nonsense')))
    expect(JSON.stringify(calls)).not.toContain(URL)
  })

  it('is not answered in a group, where Telegram refuses such a button', async () => {
    const bot = createTestBot({ scope: { isAdmin: true, panelUrl: URL } })
    expect(await bot.send(text('/panel', { chat: GROUP }))).toEqual([])
  })

  it('is in /help for administrators alone', async () => {
    const helpOf = async (isAdmin: boolean) =>
      String((await createTestBot({ scope: { isAdmin } }).send(text('/help')))[0]?.params['text'])
    expect(await helpOf(true)).toContain(`/panel – ${texts.en.helpPanel}`)
    expect(await helpOf(false)).not.toContain('/panel')
  })
})
