/** The Redis of a test's bot, where the test does not bring one. */
import { randomBytes } from 'node:crypto'
import { findNative, startEngine } from '../dev/store/engine.ts'
import { startStoreFront } from '../dev/store/front.ts'

/** How a bot reaches a store: what UPSTASH_REDIS_REST_URL and _TOKEN hold, and what its keys begin with. */
export interface TestStore {
  url: string
  token: string
  /** No other bot may work under the same prefix. */
  prefix: string
}

/**
 * Starts a Redis of its own: the machine's redis-server or valkey-server, else the bundled engine. It takes a
 * tenth of a second (the bundled one a second), so a file of tests starts one and gives it to all its bots.
 * @returns the store, with `fresh` for another prefix and `close`, which ends the process
 */
export async function startTestStore(): Promise<TestStore & { fresh(): TestStore; close(): Promise<void> }> {
  const engine = await startEngine({ kind: findNative() === null ? 'js' : 'native' })
  const token = randomBytes(24).toString('base64url')
  const front = await startStoreFront({ redisPort: engine.port, token }).catch(async (error: unknown) => {
    await engine.close()
    throw error
  })
  const fresh = (): TestStore => ({ url: front.url, token, prefix: `t${randomBytes(9).toString('hex')}` })
  return {
    ...fresh(),
    fresh,
    async close() {
      await front.close()
      await engine.close()
    },
  }
}
