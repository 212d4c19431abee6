import { describe, expect, it } from 'vitest'
import { texts } from '../../../lib/bot/texts/index.ts'
import { createTestBot } from '../../support/bot.ts'
import { BOT_USER, GROUP, message, press, text } from '../../support/updates.ts'

const VOICE = { voice: { file_id: 'v', file_unique_id: 'u', duration: 1 } }

describe('a sender who is too fast', () => {
  const bot = createTestBot({ scope: { rate: 'notice', language: 'fr', isAdmin: true } })

  it.each([
    ['a command', text('/ping hello')],
    ['plain text', text('hello')],
    ['a voice message', message(VOICE)],
  ])('is told so once, for %s', async (_what, update) => {
    expect(await bot.send(update)).toEqual([
      { method: 'sendMessage', params: { chat_id: 42, text: texts.fr.tooFast } },
    ])
  })

  it('is told so over the chat for a button, whose deed is not done', async () => {
    expect(await bot.send(press('language:en'))).toEqual([
      { method: 'answerCallbackQuery', params: { callback_query_id: '900', text: texts.fr.tooFast } },
    ])
    expect(bot.deeds).toEqual([])
  })

  it.each([
    ['a command of ours', text('/ping', { chat: GROUP }), 1],
    ['a command for us by name', text('/nonsense@evergram_bot', { chat: GROUP }), 1],
    [
      'a reply to us',
      text('thanks', { chat: GROUP, reply_to_message: { message_id: 1, from: BOT_USER } }),
      1,
    ],
    ['a command for another bot', text('/ping@other_bot', { chat: GROUP }), 0],
    ['a command that nobody named or knows', text('/nonsense', { chat: GROUP }), 0],
    ['talk among people', text('hello', { chat: GROUP }), 0],
    ['a private command for another bot', text('/ping@other_bot'), 0],
    ['a pinned message', message({ pinned_message: { message_id: 1 } }), 0],
  ])('hears of it in a group only for what was meant for the bot: %s', async (_what, update, times) => {
    const calls = await bot.send(update)
    expect(calls.map(({ params }) => params['text'])).toEqual(Array(times).fill(texts.fr.tooFast))
  })
})

it('a sender who was told is met with silence', async () => {
  const bot = createTestBot({ scope: { rate: 'drop', isAdmin: true } })
  for (const update of [text('/ping'), text('hello'), message(VOICE), text('/status')]) {
    expect(await bot.send(update)).toEqual([])
  }
  expect(await bot.send(press('language:fr'))).toEqual([
    { method: 'answerCallbackQuery', params: { callback_query_id: '900' } },
  ])
  expect(bot.deeds).toEqual([])
})
