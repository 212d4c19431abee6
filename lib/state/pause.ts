/** An operator's pause: a breaker that no outage replaces and no re-initialisation closes. */
import { randomUUID } from 'node:crypto'
import { ACTED_MS, type Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

/**
 * KEYS  1 STRING acted · 2… HASH every shard
 * ARGV  1 pause|resume · 2 how long the call is remembered, ms
 * Returns [changed|unchanged]
 *         Resuming restores the state that the bot would have without the pause: where it has failed, before the
 *         pause or during it, the breaker of that failure is open again and may be probed at once.
 * Lifetime  acted expires
 * Again     the same answer; a later call of another operator stays in force
 */
const SET_PAUSE = defineScript(
  'set-pause',
  `${COMMON_LUA}
local said = redis.call('GET', KEYS[1])
if said then return {said} end
local f = read(KEYS[2], 'breaker', 'status', 'breaker_tries')
local paused, wanted = f.breaker == 'paused', ARGV[1] == 'pause'
evenWhenFull(2)
local breaker = wanted and 'paused' or paused and '' or f.breaker or ''
if paused and not wanted then
  -- A deployment of an older version writes REINITIALIZING while it probes a failed bot.
  local failed = f.status == 'FAILED' or f.status == 'REINITIALIZING' and num(f.breaker_tries) > 0
  if f.status == 'UNAUTHORIZED' then breaker = 'token' elseif failed then breaker = 'telegram' end
end
local word, set = paused == wanted and 'unchanged' or 'changed', {'breaker', breaker}
if word == 'changed' then set[3], set[4] = 'breaker_until', 0 end
-- Written also where nothing changes: this repairs a copy that differs. The copy that is read is written last:
-- where another write fails, nothing has changed yet.
for i = #KEYS, 2, -1 do redis.call('HSET', KEYS[i], unpack(set)) end
redis.call('SET', KEYS[1], word, 'PX', ARGV[2])
return {word}
`,
)

/**
 * KEYS  1 HASH any shard
 * Returns [paused|running]
 */
const READ_PAUSE = defineScript(
  'read-pause',
  `return {redis.call('HGET', KEYS[1], 'breaker') == 'paused' and 'paused' or 'running'}`,
)

/**
 * Pauses processing in all shards, or resumes it. Workers finish their current update and take no other.
 * @returns true when the call changed the state
 * @throws StoreError
 */
export async function setPaused(store: Store, paused: boolean): Promise<boolean> {
  const keys = [store.keys.acted(randomUUID()), ...store.keys.allShards]
  const reply = await store.run(SET_PAUSE, keys, [paused ? 'pause' : 'resume', String(ACTED_MS)])
  return tagOf(reply, ['changed', 'unchanged']) === 'changed'
}

/** @throws StoreError */
export async function isPaused(store: Store): Promise<boolean> {
  const reply = await store.run(READ_PAUSE, [store.keys.shard(0)], [])
  return tagOf(reply, ['paused', 'running']) === 'paused'
}
