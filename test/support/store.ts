/**
 * Stores for tests. A suite that uses Redis runs over every engine, with its own key prefix:
 *
 *   describeEngines('accept', (engine) => {
 *     const store = openStore(engine)
 *     afterAll(() => store.cleanup())
 *     it('…', async () => { await store.redis.set(`${store.prefix}k`, 'v') })
 *   })
 */
import { randomBytes } from 'node:crypto'
import { Redis } from '@upstash/redis'
import { describe, inject, it } from 'vitest'
import type { EngineKind } from '../../lib/dev/store/engine.ts'
import { createRespClient, RespError, type RespClient } from '../../lib/dev/store/resp.ts'

const stores = inject('stores')

/**
 * The engines of this run, the real one first.
 * @public for tests that loop themselves
 */
export const engines: EngineKind[] = (['native', 'js'] as const).filter((kind) => stores[kind] !== null)

/** Runs a suite once over each engine; a missing engine is reported as a skipped suite. */
export function describeEngines(name: string, suite: (engine: EngineKind) => void): void {
  for (const engine of ['native', 'js'] as const) describeEngine(name, engine, () => suite(engine))
}

/** Runs a suite over one engine. */
export function describeEngine(name: string, engine: EngineKind, suite: () => void): void {
  if (engines.includes(engine)) describe(`${name} [${engine}]`, suite)
  else describe.skip(`${name} [${engine}]`, () => it('needs redis-server or valkey-server on PATH', () => {}))
}

export interface TestStore {
  /** The store front's base URL and token, for UPSTASH_REDIS_REST_URL and _TOKEN. */
  url: string
  token: string
  /** Begins every key of this store; different at each call, with no glob characters. */
  prefix: string
  /** REST client as production uses it: no retries, no automatic deserialisation, no telemetry. */
  redis: Redis
  /** RESP directly to the engine; connects at the first use. */
  raw: RespClient
  /** Deletes the keys under `prefix` and closes `raw`. */
  cleanup(): Promise<void>
}

/** Opens the shared store of an engine under a fresh key prefix. @throws where the engine is not there. */
export function openStore(engine: EngineKind): TestStore {
  const store = stores[engine]
  if (store === null) throw new Error(`this run has no ${engine} engine`)
  const { url, token, redisPort } = store
  const prefix = `t${randomBytes(9).toString('hex')}:`
  const raw = createRespClient({ port: redisPort })
  const redis = new Redis({
    url,
    token,
    automaticDeserialization: false,
    retry: { retries: 0 },
    enableTelemetry: false,
  })
  const cleanup = async (): Promise<void> => {
    let cursor = '0'
    do {
      const reply = await raw.command('SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', '1000')
      if (reply instanceof RespError) throw new Error(reply.message)
      const [next, keys] = reply as [Buffer, Buffer[]]
      if (keys.length > 0) await raw.command('DEL', ...keys)
      cursor = next.toString()
    } while (cursor !== '0')
    raw.close()
  }
  return { url, token, prefix, redis, raw, cleanup }
}
