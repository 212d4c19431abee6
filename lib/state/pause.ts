/** An operator's pause: a breaker that no outage replaces and no re-initialisation closes. */
import { randomUUID } from 'node:crypto'
import { StoreError } from '../errors.ts'
import { ACTED_MS, CLOCK, type Store } from '../redis.ts'

/**
 * KEYS  1 STRING acted · 2… HASH every shard
 * ARGV  1 pause|resume · 2 how long the call is remembered, ms
 * Returns [changed|unchanged]
 * Life  acted expires.
 * Resuming leaves the bot to what it would be without the pause: where it has failed meanwhile, or had before, the
 * breaker of that failure is open again and may be probed at once.
 * The same call again, its answer lost: the same answer, and whoever has acted since is not overruled.
 */
const SET = `${CLOCK}
local said = redis.call('GET', KEYS[1])
if said then return {said} end
local f = redis.call('HMGET', KEYS[2], 'breaker', 'status', 'breaker_tries')
local paused, wanted = f[1] == 'paused', ARGV[1] == 'pause'
evenWhenFull(2)
local breaker = wanted and 'paused' or paused and '' or f[1] or ''
if paused and not wanted then
  -- A failed bot may be in the middle of its next try.
  local failed = f[2] == 'FAILED' or f[2] == 'REINITIALIZING' and num(f[3]) > 0
  if f[2] == 'UNAUTHORIZED' then breaker = 'token' elseif failed then breaker = 'telegram' end
end
local word, set = paused == wanted and 'unchanged' or 'changed', {'breaker', breaker}
if word == 'changed' then set[3], set[4] = 'breaker_until', 0 end
-- Also where nothing changes: a copy that differs is set right. The copy that is read comes last: where another
-- fails, nothing has changed yet.
for i = #KEYS, 2, -1 do redis.call('HSET', KEYS[i], unpack(set)) end
redis.call('SET', KEYS[1], word, 'PX', ARGV[2])
return {word}
`

/** KEYS 1 HASH any shard. Returns [paused|running] */
const LOOK = `return {redis.call('HGET', KEYS[1], 'breaker') == 'paused' and 'paused' or 'running'}`

/**
 * Pauses processing in all shards, or resumes it. Workers end the update that they have in hand and take no other.
 * @returns true when that changed anything
 * @throws StoreError
 */
export async function setPaused(store: Store, paused: boolean): Promise<boolean> {
  const keys = [store.keys.acted(randomUUID()), ...store.keys.allShards]
  const [word] = await store.run(SET, keys, [paused ? 'pause' : 'resume', String(ACTED_MS)])
  if (word !== 'changed' && word !== 'unchanged') throw new StoreError('unexpected_reply')
  return word === 'changed'
}

/** @throws StoreError */
export async function isPaused(store: Store): Promise<boolean> {
  const [word] = await store.run(LOOK, [store.keys.shard(0)], [])
  if (word !== 'paused' && word !== 'running') throw new StoreError('unexpected_reply')
  return word === 'paused'
}
