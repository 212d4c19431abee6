/** sweep: find the mailboxes that need a worker, in all shards, and purge those that have long been empty. */
import type { CallOptions, Store } from '../redis.ts'
import { defineScript, tagOf } from '../script.ts'
import { IDLE_MS, MAILBOX_LUA } from './lua.ts'

/**
 * KEYS  1…n HASH every shard · n+1…2n ZSET every due
 * ARGV  1 now ms or '' · 2 least ms since the last sweep (0: at once) · 3 how many at most · 4 idle ms
 * Returns [swept, chat key…] | [recent]
 *         Round-robin over the shards, the longest overdue first in each, so that no mailbox starves.
 * Again   recent, until the interval is over
 */
const SWEEP = defineScript(
  'sweep',
  `${MAILBOX_LUA}
local now, n = clock(ARGV[1]), #KEYS / 2
evenWhenFull(1)
local last = num(redis.call('HGET', KEYS[1], 'swept_at'))
if now - last < tonumber(ARGV[2]) and last <= now then return {'recent'} end
local limit = tonumber(ARGV[3])
local found = {}
for i = 1, n do
  redis.pcall('HSET', KEYS[i], 'swept_at', ms(now))
  local idle = redis.pcall('ZRANGEBYSCORE', KEYS[n + i], '(' .. ms(tonumber(ARGV[4]) - now), '(0', 'LIMIT', 0, 200)
  if idle.err then
    -- An index of another type (an operator's edit) must not stop the sweep of the other shards.
    found[i] = {}
  else
    if #idle > 0 then
      local fields = {}
      for _, ck in ipairs(idle) do
        fields[#fields + 1] = 'm:' .. ck
        fields[#fields + 1] = 'h:' .. ck
      end
      redis.pcall('HDEL', KEYS[i], unpack(fields))
      redis.call('ZREM', KEYS[n + i], unpack(idle))
    end
    if last > now then
      -- The clock was set back: make later times due now; take decides for each mailbox whether it is.
      for _, ck in ipairs(redis.call('ZRANGEBYSCORE', KEYS[n + i], '(' .. ms(now), '+inf', 'LIMIT', 0, 1000)) do
        redis.call('ZADD', KEYS[n + i], ms(now), ck)
      end
    end
    found[i] = redis.call('ZRANGEBYSCORE', KEYS[n + i], '(0', ms(now), 'LIMIT', 0, limit)
  end
end
local reply = {'swept'}
for rank = 1, limit do
  for i = 1, n do
    if #reply <= limit then reply[#reply + 1] = found[i][rank] end
  end
end
return reply
`,
)

/**
 * Finds mailboxes to drain.
 * @param settings.intervalMs least time since the last sweep of any instance; below it the script does nothing
 * @returns their chat keys, or null when a sweep was recent
 * @throws StoreError
 */
export async function findDue(
  store: Store,
  settings: { intervalMs: number; limit: number },
  options?: CallOptions,
): Promise<string[] | null> {
  const { keys } = store
  const reply = await store.run(
    SWEEP,
    [...keys.allShards, ...keys.allDue],
    [store.now(), String(settings.intervalMs), String(settings.limit), String(IDLE_MS)],
    options,
  )
  return tagOf(reply, ['swept', 'recent']) === 'swept' ? reply.slice(1) : null
}
