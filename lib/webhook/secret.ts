/**
 * The webhook secrets that Telegram was given, as fingerprints. After a rotation, Telegram sends the old secret until
 * the webhook is registered again. Updates that are in its queue at that time may carry the old secret for a day.
 */
import type { Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

/** How long the previous secret is accepted after a registration, in milliseconds. */
const GRACE_MS = 24 * 3600_000

/**
 * KEYS  1 HASH telegram
 * ARGV  1 now ms or '' · 2 fingerprint · 3 grace ms
 * Returns [recorded]
 * Again   the same
 */
const RECORD_SECRET = defineScript(
  'record-secret',
  `${COMMON_LUA}
evenWhenFull(1)
local told = redis.call('HGET', KEYS[1], 'secret')
if told ~= ARGV[2] then
  if told then
    redis.call('HSET', KEYS[1], 'secret_prev', told, 'secret_prev_until', ms(clock(ARGV[1]) + tonumber(ARGV[3])))
  end
  redis.call('HSET', KEYS[1], 'secret', ARGV[2])
end
return {'recorded'}
`,
)

/**
 * KEYS  1 HASH telegram
 * ARGV  1 now ms or '' · 2 fingerprint of the request's secret
 * Returns [known|unknown]
 *         unknown: the script counts a refusal
 * Again   the same answer; a refusal is counted twice
 */
const CHECK_SECRET = defineScript(
  'check-secret',
  `${COMMON_LUA}
local f = read(KEYS[1], 'secret', 'secret_prev', 'secret_prev_until')
if f.secret == ARGV[2] then return {'known'} end
if f.secret_prev == ARGV[2] and num(f.secret_prev_until) > clock(ARGV[1]) then return {'known'} end
redis.call('HINCRBY', KEYS[1], 'refused', 1)
return {'unknown'}
`,
)

/** Records the secret that Telegram has just been given. @throws StoreError */
export async function recordSecret(store: Store, fingerprint: string): Promise<void> {
  await store.run(RECORD_SECRET, [store.keys.telegram], [store.now(), fingerprint, String(GRACE_MS)])
}

/**
 * Whether a secret other than the configured one is the one that Telegram was last given, or the one before it, within
 * a day of its replacement.
 * @throws StoreError
 */
export async function isToldSecret(store: Store, fingerprint: string): Promise<boolean> {
  const limits = { timeoutMs: 1000, totalMs: 1500 }
  const reply = await store.run(CHECK_SECRET, [store.keys.telegram], [store.now(), fingerprint], limits)
  return tagOf(reply, ['known', 'unknown']) === 'known'
}
