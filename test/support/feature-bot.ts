/** lib/testing's bot over the store of this run: a key prefix and a Telegram for each test, closed after it. */
import { onTestFinished } from 'vitest'
import { testBot, type TestBot, type TestBotOptions } from '../../lib/testing/index.ts'
import { checkCall } from './schema.ts'
import { engines, openStore } from './store.ts'

export interface FeatureBot extends TestBot {
  /** Attempts that failed, as they were logged. A slow machine can add other warnings to the log. */
  failures: () => Record<string, unknown>[]
  /** What the store keeps of a user or chat; empty where it keeps nothing. */
  peer: (id: number) => Promise<Record<string, string>>
}

/**
 * A bot for the test that runs. Where the Bot API's schema is at hand, a call that it does not allow fails the test,
 * also one with nested objects, which the emulator does not look into.
 */
export async function featureBot(options: Omit<TestBotOptions, 'store'> = {}): Promise<FeatureBot> {
  const store = openStore(engines[0] ?? 'js')
  onTestFinished(() => store.cleanup())
  const bot = await testBot({ ...options, store })
  onTestFinished(async () => {
    await bot.close()
    const faults = bot.telegram.calls.flatMap(({ method, params }) => checkCall(method, params) ?? [])
    if (faults.length > 0) throw new Error(`not as the Bot API has it: ${faults.join('; ')}`)
  })
  const peer = async (id: number) => {
    const key = `${store.prefix}:peer:${id}`
    // Without deserialisation the client leaves field and value in one flat list.
    const flat = (await store.redis.hgetall(key)) as string[] | null
    return Object.fromEntries(
      (flat ?? []).flatMap((word, i, all) => (i % 2 ? [] : [[word, all[i + 1] ?? '']])),
    )
  }
  const failures = () => bot.log.filter(({ event }) => event === 'update failed')
  return { ...bot, peer, failures }
}
