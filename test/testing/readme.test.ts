import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { feature } from '../../lib/kit/index.ts'
import { startTestStore, testBot } from '../../lib/testing/index.ts'

const hello = feature({
  name: 'hello',
  register: (bot) => void bot.command('hello', (ctx) => ctx.reply(`Hello, ${ctx.from.first_name}!`)),
})

let store: Awaited<ReturnType<typeof startTestStore>>
beforeAll(async () => void (store = await startTestStore()))
afterAll(() => store.close())

it('greets a person, also when the update runs twice', async () => {
  const { person, runsAgain, close } = await testBot({ features: [hello], store: store.fresh() })
  onTestFinished(close)
  runsAgain()
  const { text } = await person('Anna').says('/hello')
  expect(text).toBe('Hello, Anna!')
})
