/** renew: extend the lease of a worker that is still running. */
import { shardOf, type CallOptions, type Store } from '../redis.ts'
import { defineScript, tagOf } from '../script.ts'
import { MAILBOX_LUA } from './lua.ts'
import type { Lease } from './types.ts'

/**
 * KEYS  1 HASH shard · 2 ZSET due
 * ARGV  1 now ms or '' · 2 chat key · 3 owner · 4 fence · 5 lease ms
 * Returns [renewed] | [lost]
 *         An expired lease that no other worker has taken still belongs to its owner and is renewed.
 * Again   the lease is extended from then
 */
const RENEW = defineScript(
  'renew',
  `${MAILBOX_LUA}
local now = clock(ARGV[1])
evenWhenFull(1)
local m = readMailbox(redis.call('HGET', KEYS[1], 'm:' .. ARGV[2]))
if not m or m.owner ~= ARGV[3] or ms(m.fence) ~= ARGV[4] then return {'lost'} end
m['until'] = now + tonumber(ARGV[5])
redis.call('ZADD', KEYS[2], ms(m['until']), ARGV[2])
redis.call('HSET', KEYS[1], 'm:' .. ARGV[2], writeMailbox(m))
return {'renewed'}
`,
)

/**
 * Extends a lease to `leaseMs` from now.
 * @throws StoreError when the outcome is unknown
 */
export async function renew(
  store: Store,
  lease: Pick<Lease, 'chatKey' | 'owner' | 'fence'>,
  leaseMs: number,
  options?: CallOptions,
): Promise<'renewed' | 'lost'> {
  const shard = shardOf(lease.chatKey)
  const reply = await store.run(
    RENEW,
    [store.keys.shard(shard), store.keys.due(shard)],
    [store.now(), lease.chatKey, lease.owner, lease.fence, String(leaseMs)],
    options,
  )
  return tagOf(reply, ['renewed', 'lost'])
}
