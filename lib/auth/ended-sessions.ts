/** Sessions that were ended before their time: the store remembers them for as long as a cookie could last. */
import { StoreError } from '../errors.ts'
import type { Store } from '../redis.ts'
import { SESSION_MAX_MS } from './session.ts'

/**
 * KEYS  1 STRING ended
 * ARGV  1 ms to keep it
 * Returns [ended]
 */
const END = `
-- First what frees memory: logging out must work in a full store too.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return {'ended'}
`

/** KEYS 1 STRING ended. Returns [ended|open] */
const LOOK = `return {redis.call('EXISTS', KEYS[1]) == 1 and 'ended' or 'open'}`

/** Ends a session everywhere. @throws StoreError */
export async function endSession(store: Store, id: string): Promise<void> {
  await store.run(END, [store.keys.endedSession(id)], [String(SESSION_MAX_MS)])
}

/** True for a session that was ended. @throws StoreError */
export async function isEnded(store: Store, id: string): Promise<boolean> {
  const limits = { timeoutMs: 2000, totalMs: 3000 }
  const [word] = await store.run(LOOK, [store.keys.endedSession(id)], [], limits)
  if (word !== 'ended' && word !== 'open') throw new StoreError('unexpected_reply')
  return word === 'ended'
}
