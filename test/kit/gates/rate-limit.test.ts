import { describe, expect, it } from 'vitest'
import { texts } from '../../../lib/bot/texts/index.ts'
import { featureBot } from '../../support/feature-bot.ts'
import { ANNA, BOT_USER, GROUP, message, press, text } from '../../support/updates.ts'

const VOICE = { voice: { file_id: 'v', file_unique_id: 'u', duration: 1 } }

/** A bot that takes one request in a minute, and Anna, who has made hers. */
async function afterTheFirst() {
  const bot = await featureBot({ env: { RATE_LIMIT_REQUESTS: '1', ADMIN_TELEGRAM_IDS: String(ANNA.id) } })
  const anna = bot.person('Anna', { id: ANNA.id })
  expect((await anna.says('/privacy')).text).toBe(texts.en.privacy)
  return { ...bot, anna }
}

describe('a person who is too fast', () => {
  it.each([
    ['a command', text('/ping hello')],
    ['plain text', text('hello')],
    ['a voice message', message(VOICE)],
  ])('gets one notice for %s, and then silence', async (_what, update) => {
    const { delivers } = await afterTheFirst()
    expect((await delivers(update)).calls).toEqual([
      { method: 'sendMessage', params: { chat_id: 42, text: texts.en.tooFast } },
    ])
    expect((await delivers(update)).calls).toEqual([])
  })

  it('gets the notice over the chat for a button, which does nothing', async () => {
    const { delivers, peer } = await afterTheFirst()
    const { calls } = await delivers(press('language:fr'))
    expect(calls).toEqual([
      { method: 'answerCallbackQuery', params: { callback_query_id: '900', text: texts.en.tooFast } },
    ])
    expect(await peer(42)).not.toHaveProperty('language')
  })

  it('gets an answer without words for the next button, so that it does not spin', async () => {
    const { delivers, anna, peer } = await afterTheFirst()
    await anna.says('two')
    const { calls } = await delivers(press('language:fr'))
    expect(calls).toEqual([{ method: 'answerCallbackQuery', params: { callback_query_id: '900' } }])
    expect(await peer(42)).not.toHaveProperty('language')
  })

  it('is answered again after the window', async () => {
    const { anna, passes } = await afterTheFirst()
    expect((await anna.says('/privacy')).text).toBe(texts.en.tooFast)
    await passes(60_000)
    expect((await anna.says('/privacy')).text).toBe(texts.en.privacy)
  })

  it('gets the notice in the language that they have chosen', async () => {
    const { person } = await featureBot({ env: { RATE_LIMIT_REQUESTS: '1' } })
    const anna = person('Anna')
    await anna.says('/language fr')
    expect((await anna.says('hello')).text).toBe(texts.fr.tooFast)
  })

  it.each([
    ['a command of this bot', text('/ping', { chat: GROUP })],
    ['a command for this bot by name', text('/nonsense@evergram_bot', { chat: GROUP })],
    [
      'a reply to this bot',
      text('thanks', { chat: GROUP, reply_to_message: { message_id: 1, from: BOT_USER } }),
    ],
  ])('gets the notice in a group for %s', async (_what, update) => {
    const { delivers } = await afterTheFirst()
    expect((await delivers(update)).text).toBe(texts.en.tooFast)
  })

  it.each([
    ['a command for another bot', text('/ping@other_bot', { chat: GROUP })],
    ['a command that this bot does not know', text('/nonsense', { chat: GROUP })],
    ['talk among people', text('hello', { chat: GROUP })],
    ['a private command for another bot', text('/ping@other_bot')],
    ['a pinned message', message({ pinned_message: { message_id: 1 } })],
  ])('gets no notice for %s', async (_what, update) => {
    const { delivers } = await afterTheFirst()
    expect((await delivers(update)).calls).toEqual([])
  })
})
