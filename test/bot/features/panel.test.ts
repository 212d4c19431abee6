import { describe, expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { featureBot } from '../../support/feature-bot.ts'

describe.each(LANGUAGES)('/panel in %s', (language) => {
  it('gives an administrator a button that opens the panel inside Telegram', async () => {
    const { person } = await featureBot()
    const { message } = await person('Olga', { language, admin: true }).says('/panel')
    const button = { text: texts[language].panelButton, web_app: { url: 'https://bot.example.com/app' } }
    expect(message).toMatchObject({
      text: texts[language].panelPrompt,
      reply_markup: { inline_keyboard: [[button]] },
    })
  })

  it('says what is missing where Telegram cannot open the panel', async () => {
    const { person } = await featureBot({ env: { PUBLIC_URL: 'http://localhost:3000' } })
    const answer = await person('Olga', { language, admin: true }).says('/panel')
    expect(answer).toMatchObject({ text: texts[language].panelUnavailable, buttons: [] })
  })
})

describe('/panel', () => {
  it('is an unknown command for other people', async () => {
    const { person } = await featureBot()
    const answer = await person('Anna').says('/panel')
    expect(answer).toMatchObject({ text: texts.en.unknownCommand, buttons: [] })
  })

  it('is not answered in a group, where Telegram refuses such a button', async () => {
    const { person, group } = await featureBot()
    const olga = person('Olga', { admin: true })
    expect((await olga.says('/panel', { in: group('Friends', [olga]) })).calls).toEqual([])
  })

  it('is in /help for administrators', async () => {
    const { person } = await featureBot()
    const answer = await person('Olga', { admin: true }).says('/help')
    expect(answer.text).toContain(`/panel – ${texts.en.helpPanel}`)
  })

  it('is not in /help for other people', async () => {
    const { person } = await featureBot()
    expect((await person('Anna').says('/help')).text).not.toContain('/panel')
  })
})
