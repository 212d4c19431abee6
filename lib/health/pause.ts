/** An operator's pause: a breaker that no outage replaces and no re-initialisation closes. */
import { StoreError } from '../errors.ts'
import { CLOCK, type Store } from '../redis.ts'

/**
 * KEYS  1… HASH every shard
 * ARGV  1 pause|resume
 * Returns [changed|unchanged]
 * Resuming leaves the bot to what it would be without the pause: where it has failed meanwhile, or had before, the
 * breaker of that failure is open again and may be probed at once.
 */
const SET = `${CLOCK}
local f = redis.call('HMGET', KEYS[1], 'breaker', 'status', 'breaker_tries')
local paused, wanted = f[1] == 'paused', ARGV[1] == 'pause'
evenWhenFull(1)
local breaker = wanted and 'paused' or paused and '' or f[1] or ''
if paused and not wanted then
  -- A failed bot may be in the middle of its next try.
  local failed = f[2] == 'FAILED' or f[2] == 'REINITIALIZING' and num(f[3]) > 0
  if f[2] == 'UNAUTHORIZED' then breaker = 'token' elseif failed then breaker = 'telegram' end
end
-- Also where nothing changes: a copy that differs is set right.
for i = 1, #KEYS do redis.call('HSET', KEYS[i], 'breaker', breaker) end
if paused == wanted then return {'unchanged'} end
for i = 1, #KEYS do redis.call('HSET', KEYS[i], 'breaker_until', 0) end
return {'changed'}
`

/** KEYS 1 HASH any shard. Returns [paused|running] */
const LOOK = `return {redis.call('HGET', KEYS[1], 'breaker') == 'paused' and 'paused' or 'running'}`

/**
 * Pauses processing in all shards, or resumes it. Workers end the update that they have in hand and take no other.
 * @returns true when that changed anything
 * @throws StoreError
 */
export async function setPaused(store: Store, paused: boolean): Promise<boolean> {
  const [word] = await store.run(SET, store.keys.allShards, [paused ? 'pause' : 'resume'])
  if (word !== 'changed' && word !== 'unchanged') throw new StoreError('unexpected_reply')
  return word === 'changed'
}

/** @throws StoreError */
export async function isPaused(store: Store): Promise<boolean> {
  const [word] = await store.run(LOOK, [store.keys.shard(0)], [])
  return word === 'paused'
}
