import { describe, expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { featureBot } from '../../support/feature-bot.ts'
import { ANNA, press } from '../../support/updates.ts'

describe('/language', () => {
  it('shows the languages under their own names, with a tick at the present one', async () => {
    const { person, peer } = await featureBot()
    const anna = person('Anna')
    const answer = await anna.says('/language')
    expect(answer).toMatchObject({
      text: texts.en.languagePrompt,
      buttons: ['✓ English', 'Русский', 'Français'],
    })
    expect(await peer(anna.user.id)).not.toHaveProperty('language')
  })

  it.each(['fr', 'FR', ' fr ', 'Français', 'français'])('%j sets French at once', async (word) => {
    const { person, peer } = await featureBot()
    const anna = person('Anna')
    const answer = await anna.says(`/language ${word}`)
    expect(answer).toMatchObject({ text: texts.fr.languageSet, buttons: [] })
    expect(await peer(anna.user.id)).toMatchObject({ language: 'fr' })
  })

  it('shows the choice for a language that the bot does not speak', async () => {
    const { person, peer } = await featureBot()
    const anna = person('Anna', { language: 'fr' })
    const answer = await anna.says('/language klingon')
    expect(answer).toMatchObject({
      text: texts.fr.languageUnknown,
      buttons: ['English', 'Русский', '✓ Français'],
    })
    expect(await peer(anna.user.id)).not.toHaveProperty('language')
  })

  it('keeps the choice for the next messages, whatever the language of the client', async () => {
    const { person } = await featureBot()
    const anna = person('Anna', { language: 'ru' })
    await anna.says('/language fr')
    expect((await anna.says('/privacy')).text).toBe(texts.fr.privacy)
  })
})

describe('a language button', () => {
  it.each(LANGUAGES)('sets %s, answers the press and edits the message in it', async (language) => {
    const { person, peer } = await featureBot()
    const anna = person('Anna')
    await anna.says('/language')
    const { languageSet, languageName } = texts[language]
    const answer = await anna.presses(`language:${language}`)
    expect(answer.notice).toBe(languageSet)
    expect(answer.text).toBe(languageSet)
    expect(answer.buttons).toContain(`✓ ${languageName}`)
    expect(answer.calls.map(({ method }) => method)).toEqual(['answerCallbackQuery', 'editMessageText'])
    expect(await peer(anna.user.id)).toMatchObject({ language })
  })

  it('pressed a second time changes nothing and fails nothing: Telegram says "not modified"', async () => {
    const { person, failures } = await featureBot()
    const anna = person('Anna')
    await anna.says('/language')
    await anna.presses('Français')
    const answer = await anna.presses('✓ Français')
    expect(answer).toMatchObject({ notice: texts.fr.languageSet, messages: [] })
    expect(failures()).toEqual([])
  })

  it('works where Telegram leaves its message out', async () => {
    const { delivers, peer } = await featureBot()
    const answer = await delivers(press('language:fr', { message: undefined }))
    expect(answer.calls.map(({ method }) => method)).toEqual(['answerCallbackQuery'])
    expect(await peer(ANNA.id)).toMatchObject({ language: 'fr' })
  })

  it('works under an inline message', async () => {
    const { delivers, refuses } = await featureBot()
    // The emulator has no inline messages; an edit that changes nothing is answered like this by Telegram.
    refuses('editMessageText', { description: 'Bad Request: message is not modified' })
    const { calls } = await delivers(press('language:fr', { message: undefined, inline_message_id: 'x1' }))
    expect(calls[1]).toMatchObject({ method: 'editMessageText', params: { inline_message_id: 'x1' } })
    expect(calls[1]?.params).not.toHaveProperty('chat_id')
  })

  it.each([
    'Bad Request: message is not modified: specified new message content and reply markup are exactly the same',
    'Bad Request: query is too old and response timeout expired or query ID is invalid',
    'Bad Request: message to edit not found',
    "Bad Request: message can't be edited",
  ])('is settled when Telegram says %j', async (description) => {
    const { person, refuses, peer, failures } = await featureBot()
    const anna = person('Anna')
    await anna.says('/language')
    refuses('answerCallbackQuery', { description })
    refuses('editMessageText', { description })
    const { calls } = await anna.presses('Français')
    expect(calls.map(({ method }) => method)).toEqual(['answerCallbackQuery', 'editMessageText'])
    expect(await peer(anna.user.id)).toMatchObject({ language: 'fr' })
    expect(failures()).toEqual([])
  })

  it.each(['answerCallbackQuery', 'editMessageText'])(
    'is given up on when Telegram refuses %s for another reason',
    async (method) => {
      const { person, refuses } = await featureBot()
      const anna = person('Anna')
      await anna.says('/language')
      refuses(method, { description: 'Bad Request: BUTTON_DATA_INVALID' })
      await expect(anna.presses('Français')).rejects.toThrow('BUTTON_DATA_INVALID')
    },
  )
})

it.each(['language:de', 'language:', 'language', 'old-menu:3', '', undefined])(
  'the button %j of an old keyboard is answered, so that it does not spin',
  async (data) => {
    const { delivers, peer } = await featureBot()
    const { calls } = await delivers(press(data))
    expect(calls).toEqual([{ method: 'answerCallbackQuery', params: { callback_query_id: '900' } }])
    expect(await peer(ANNA.id)).not.toHaveProperty('language')
  },
)

it('an old press, whose id is a number, is answered with a string', async () => {
  const { delivers } = await featureBot()
  const { calls } = await delivers(press('x', { id: 900 }))
  expect(calls[0]?.params['callback_query_id']).toBe('900')
})
