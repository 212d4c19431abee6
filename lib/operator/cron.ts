/** Stores when the cron last called /drain. The endpoint recognises the cron by its secret. */
import type { Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

/**
 * KEYS  1 HASH alerts
 * ARGV  1 now ms or ''
 * Returns [written]
 * Again   the same, with a later time
 */
const NOTE_CRON = defineScript(
  'note-cron',
  `${COMMON_LUA}
evenWhenFull(1)
redis.call('HSET', KEYS[1], 'cron_at', ms(clock(ARGV[1])))
return {'written'}
`,
)

/**
 * KEYS  1 HASH alerts
 * ARGV  1 now ms or ''
 * Returns [cron, time of its last call in ms or 0 for never, now ms]
 */
const READ_CRON = defineScript(
  'read-cron',
  `${COMMON_LUA}
return {'cron', ms(num(redis.call('HGET', KEYS[1], 'cron_at'))), ms(clock(ARGV[1]))}
`,
)

/** Notes that the cron has called. @throws StoreError */
export async function noteCron(store: Store): Promise<void> {
  await store.run(NOTE_CRON, [store.keys.alerts], [store.now()])
}

/** How long ago the cron called, in ms; null for never, or where the stored time is unreadable. @throws StoreError */
export async function sinceCron(store: Store): Promise<number | null> {
  const reply = await store.run(READ_CRON, [store.keys.alerts], [store.now()])
  tagOf(reply, ['cron'])
  const [, at, now] = reply
  const sinceMs = Number(now) - Number(at)
  return Number.isFinite(sinceMs) && Number(at) > 0 ? Math.max(0, sinceMs) : null
}
