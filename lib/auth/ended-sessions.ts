/** Sessions that were ended by a logout. The store keeps their ids as long as a cookie can be valid. */
import type { Store } from '../redis.ts'
import { defineScript, tagOf } from '../script.ts'
import { SESSION_MAX_MS } from './session.ts'

/**
 * KEYS  1 STRING ended
 * ARGV  1 ms to keep it
 * Returns [ended]
 * Lifetime  expires
 * Again     the same
 */
const END_SESSION = defineScript(
  'end-session',
  `
-- The first write frees memory, so that a logout works in a full store too.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return {'ended'}
`,
)

/**
 * KEYS  1 STRING ended
 * Returns [ended|open]
 */
const CHECK_SESSION = defineScript(
  'check-session',
  `return {redis.call('EXISTS', KEYS[1]) == 1 and 'ended' or 'open'}`,
)

/** Ends a session everywhere. @throws StoreError */
export async function endSession(store: Store, id: string): Promise<void> {
  await store.run(END_SESSION, [store.keys.endedSession(id)], [String(SESSION_MAX_MS)])
}

/** True for a session that was ended. @throws StoreError */
export async function isEnded(store: Store, id: string): Promise<boolean> {
  const limits = { timeoutMs: 2000, totalMs: 3000 }
  const reply = await store.run(CHECK_SESSION, [store.keys.endedSession(id)], [], limits)
  return tagOf(reply, ['ended', 'open']) === 'ended'
}
