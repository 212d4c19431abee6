/**
 * Which webhook secret Telegram was told, as fingerprints. After a rotation Telegram goes on sending the old one
 * until the webhook is registered anew, and what it had queued by then may come with it for a day.
 */
import { CLOCK, type Store } from '../redis.ts'

/** How long the secret before the last registration is honoured, in milliseconds. */
const GRACE_MS = 24 * 3600_000

/**
 * KEYS  1 HASH telegram
 * ARGV  1 now ms or '' · 2 fingerprint · 3 grace ms
 * Returns [recorded]
 */
const RECORD = `${CLOCK}
evenWhenFull(1)
local told = redis.call('HGET', KEYS[1], 'secret')
if told ~= ARGV[2] then
  if told then
    redis.call('HSET', KEYS[1], 'secret_prev', told, 'secret_prev_until', ms(clock(ARGV[1]) + tonumber(ARGV[3])))
  end
  redis.call('HSET', KEYS[1], 'secret', ARGV[2])
end
return {'recorded'}
`

/**
 * KEYS  1 HASH telegram
 * ARGV  1 now ms or '' · 2 fingerprint of the secret that came
 * Returns [known|unknown]; an unknown one is counted as a refusal
 */
const CHECK = `${CLOCK}
local f = redis.call('HMGET', KEYS[1], 'secret', 'secret_prev', 'secret_prev_until')
if f[1] == ARGV[2] then return {'known'} end
if f[2] == ARGV[2] and (tonumber(f[3] or '0') or 0) > clock(ARGV[1]) then return {'known'} end
redis.call('HINCRBY', KEYS[1], 'refused', 1)
return {'unknown'}
`

/** Records what Telegram has just been told. @throws StoreError */
export async function recordSecret(store: Store, fingerprint: string): Promise<void> {
  await store.run(RECORD, [store.keys.telegram], [store.now(), fingerprint, String(GRACE_MS)])
}

/**
 * Tells whether a secret that is not the configured one is what Telegram was last told, or was told before that
 * less than a day ago.
 * @throws StoreError
 */
export async function isToldSecret(store: Store, fingerprint: string): Promise<boolean> {
  const limits = { timeoutMs: 1000, totalMs: 1500 }
  const reply = await store.run(CHECK, [store.keys.telegram], [store.now(), fingerprint], limits)
  return reply[0] === 'known'
}
