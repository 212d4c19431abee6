import { expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { createTestBot } from '../../support/bot.ts'
import { ANNA, GROUP, press, text } from '../../support/updates.ts'

it.each(LANGUAGES)('asks before it erases, in %s', async (language) => {
  const bot = createTestBot({ scope: { language } })
  const { deletePrompt, deleteYes, deleteNo } = texts[language]
  const keyboard = [
    [
      { text: deleteYes, callback_data: 'deletemydata:yes:42' },
      { text: deleteNo, callback_data: 'deletemydata:no:42' },
    ],
  ]
  expect(await bot.send(text('/deletemydata'))).toEqual([
    {
      method: 'sendMessage',
      params: { chat_id: 42, text: deletePrompt, reply_markup: { inline_keyboard: keyboard } },
    },
  ])
  expect(bot.deeds).toEqual([])
})

it('keeps its buttons within 64 bytes for the longest user id', async () => {
  const bot = createTestBot({ scope: { userId: '4503599627370495' } })
  const [call] = await bot.send(text('/deletemydata'))
  expect(JSON.stringify(call?.params)).toContain('deletemydata:yes:4503599627370495')
  expect(Buffer.byteLength('deletemydata:yes:4503599627370495')).toBeLessThanOrEqual(64)
})

it.each([
  ['yes', texts.ru.deleteDone, ['forgetSender']],
  ['no', texts.ru.deleteKept, []],
])('the button %s leads to %j', async (button, outcome, deeds) => {
  const bot = createTestBot({ scope: { language: 'ru' } })
  expect(await bot.send(press(`deletemydata:${button}:42`))).toEqual([
    { method: 'answerCallbackQuery', params: { callback_query_id: '900', text: outcome } },
    { method: 'editMessageText', params: { chat_id: 42, message_id: 8, text: outcome } },
  ])
  expect(bot.deeds).toEqual(deeds)
})

it('erases nothing when somebody else in the group presses', async () => {
  const bot = createTestBot({ scope: { userId: '43' } })
  const stranger = press('deletemydata:yes:42', {
    from: { ...ANNA, id: 43 },
    message: { message_id: 8, chat: GROUP, date: 1_790_000_000 },
  })
  expect(await bot.send(stranger)).toEqual([
    { method: 'answerCallbackQuery', params: { callback_query_id: '900', text: texts.en.notYourButton } },
  ])
  expect(bot.deeds).toEqual([])
})

it('erases before it says so', async () => {
  let deedsWhenAnswered: string[] = []
  const bot = createTestBot({ onCall: () => (deedsWhenAnswered = [...bot.deeds]) })
  await bot.send(press('deletemydata:yes:42'))
  expect(deedsWhenAnswered).toEqual(['forgetSender'])
})
