import { expect, it } from 'vitest'
import { LANGUAGES, texts } from '../../../lib/bot/texts/index.ts'
import { featureBot } from '../../support/feature-bot.ts'

it.each(LANGUAGES)('/deletemydata asks before it erases anything, in %s', async (language) => {
  const { person, peer } = await featureBot()
  const anna = person('Anna')
  await anna.says(`/language ${language}`)
  const answer = await anna.says('/deletemydata')
  const { deletePrompt, deleteYes, deleteNo } = texts[language]
  expect(answer).toMatchObject({ text: deletePrompt, buttons: [deleteYes, deleteNo] })
  expect(await peer(anna.user.id)).toMatchObject({ language })
})

it('the buttons fit into 64 bytes for the longest user id', async () => {
  const { person } = await featureBot()
  const { message } = await person('Anna', { id: 4_503_599_627_370_495 }).says('/deletemydata')
  const data = (message?.reply_markup?.inline_keyboard ?? [])
    .flat()
    .map((button) => button.callback_data ?? '')
  expect(data).toEqual(['deletemydata:yes:4503599627370495', 'deletemydata:no:4503599627370495'])
  for (const one of data) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(64)
})

it('"yes" erases what is stored, and says so in the language that was erased', async () => {
  const { person, peer } = await featureBot()
  const anna = person('Anna')
  await anna.says('/language ru')
  await anna.says('/deletemydata')
  const answer = await anna.presses(texts.ru.deleteYes)
  expect(answer).toMatchObject({ text: texts.ru.deleteDone, notice: texts.ru.deleteDone, buttons: [] })
  expect(await peer(anna.user.id)).toEqual({})
})

it('"no" erases nothing, and says so', async () => {
  const { person, peer } = await featureBot()
  const anna = person('Anna')
  await anna.says('/language ru')
  await anna.says('/deletemydata')
  const answer = await anna.presses(texts.ru.deleteNo)
  expect(answer).toMatchObject({ text: texts.ru.deleteKept, notice: texts.ru.deleteKept, buttons: [] })
  expect(await peer(anna.user.id)).toMatchObject({ language: 'ru' })
})

it('a press by another person in the group erases nothing of either', async () => {
  const { person, group, peer } = await featureBot()
  const [anna, ben] = [person('Anna'), person('Ben')]
  await anna.says('/language ru')
  await ben.says('/language fr')
  await anna.says('/deletemydata', { in: group('Friends', [anna, ben]) })
  const answer = await ben.presses(texts.ru.deleteYes)
  expect(answer).toMatchObject({ messages: [], notice: texts.fr.notYourButton })
  expect(await peer(anna.user.id)).toMatchObject({ language: 'ru' })
  expect(await peer(ben.user.id)).toMatchObject({ language: 'fr' })
})

it('"yes" erases before it says so', async () => {
  const { person, peer, refuses } = await featureBot()
  const anna = person('Anna')
  await anna.says('/language ru')
  await anna.says('/deletemydata')
  refuses('answerCallbackQuery', { description: 'Bad Request: no' })
  await expect(anna.presses(texts.ru.deleteYes)).rejects.toThrow('Bad Request: no')
  expect(await peer(anna.user.id)).toEqual({})
})

it('"yes" whose update runs again erases nothing more', async () => {
  const { person, peer, runsAgain } = await featureBot()
  const anna = person('Anna')
  await anna.says('/language ru')
  await anna.says('/deletemydata')
  runsAgain()
  const answer = await anna.presses(texts.ru.deleteYes)
  expect(answer.calls.map(({ method }) => method)).toContain('editMessageText')
  expect(await peer(anna.user.id)).toEqual({})
})
