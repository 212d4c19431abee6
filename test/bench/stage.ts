/** What all contestants share in a run: the fake Telegram, one real Redis, the store front before it. */
import { startEngine } from '../../lib/dev/store/engine.ts'
import { createRespClient, RespError, type RespClient } from '../../lib/dev/store/resp.ts'
import { ROOT } from './build.ts'
import { startProcess } from './processes.ts'

export const STORE_TOKEN = 'bench-store-token'

export interface Redis {
  /** RESP straight to the engine. */
  client: RespClient
  port: number
  /** The store front's address. */
  frontUrl: string
  close(): Promise<void>
}

/** A real Redis and a front before it, each a process of its own. @throws where there is no redis-server */
export async function startRedis(): Promise<Redis> {
  const engine = await startEngine({ kind: 'native' })
  try {
    const front = await startProcess({
      args: ['--import', 'tsx', 'test/bench/front.ts'],
      env: { REDIS_PORT: String(engine.port), UPSTASH_REDIS_REST_TOKEN: STORE_TOKEN },
      cwd: ROOT,
    })
    const client = createRespClient({ port: engine.port })
    return {
      client,
      port: engine.port,
      frontUrl: front.url,
      async close() {
        client.close()
        await front.kill()
        await engine.close()
      },
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** `used_memory` of INFO, in bytes. */
export async function usedMemory(client: RespClient): Promise<number> {
  const reply = await client.command('INFO', 'memory')
  if (!Buffer.isBuffer(reply)) throw new Error(reply instanceof RespError ? reply.message : 'INFO failed')
  return Number(/^used_memory:(\d+)/m.exec(reply.toString())?.[1])
}
