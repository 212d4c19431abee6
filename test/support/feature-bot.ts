/** lib/testing's bot over the store of this run: a key prefix and a Telegram for each test, closed after it. */
import { onTestFinished } from 'vitest'
import { testBot, type TestBot, type TestBotOptions } from '../../lib/testing/index.ts'
import { checkCall } from './schema.ts'
import { engines, openStore } from './store.ts'

/**
 * A bot for the test that runs. Where the Bot API's schema is at hand, a call that it does not allow fails the test,
 * also one with nested objects, which the emulator does not look into.
 */
export async function featureBot(options: Omit<TestBotOptions, 'store'> = {}): Promise<TestBot> {
  const { url, token, prefix, cleanup } = openStore(engines[0] ?? 'js')
  onTestFinished(cleanup)
  const bot = await testBot({ ...options, store: { url, token, prefix } })
  onTestFinished(async () => {
    await bot.close()
    const faults = bot.telegram.calls.flatMap(({ method, params }) => checkCall(method, params) ?? [])
    if (faults.length > 0) throw new Error(`not as the Bot API has it: ${faults.join('; ')}`)
  })
  return bot
}
