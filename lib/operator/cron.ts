/** When the cron last came by: only its own secret tells it from an operator. */
import { StoreError } from '../errors.ts'
import { CLOCK, type Store } from '../redis.ts'

/**
 * KEYS  1 HASH alerts
 * ARGV  1 now ms or ''
 * Returns [written]
 */
const NOTE = `${CLOCK}
evenWhenFull(1)
redis.call('HSET', KEYS[1], 'cron_at', ms(clock(ARGV[1])))
return {'written'}
`

/** KEYS 1 HASH alerts · ARGV 1 now ms or ''. Returns [cron, when it was last seen (ms, 0 for never), now] */
const LOOK = `${CLOCK}
return {'cron', ms(num(redis.call('HGET', KEYS[1], 'cron_at'))), ms(clock(ARGV[1]))}
`

/** @throws StoreError */
export async function noteCron(store: Store): Promise<void> {
  await store.run(NOTE, [store.keys.alerts], [store.now()])
}

/** How long ago the cron came, in ms; null for never, or where nobody can read when. @throws StoreError */
export async function sinceCron(store: Store): Promise<number | null> {
  const [word, at, now] = await store.run(LOOK, [store.keys.alerts], [store.now()])
  if (word !== 'cron') throw new StoreError('unexpected_reply')
  const sinceMs = Number(now) - Number(at)
  return Number.isFinite(sinceMs) && Number(at) > 0 ? Math.max(0, sinceMs) : null
}
