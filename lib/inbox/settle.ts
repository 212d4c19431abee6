/** settle: remove the head under the current fence, count it, hand back the next head or free the lease. */
import { shardOf, type Store } from '../redis.ts'
import { BOT_FIELDS, PRELUDE, readBotState, tagOf } from './lua.ts'
import type { BotState, CallOptions, Lease } from './types.ts'

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 LIST backlog · 4… HASH every shard (only where the error counter may
 *       have to be zeroed: it is copied to all of them)
 * ARGV  1 now ms or '' · 2 chat key · 3 update id · 4 owner · 5 fence · 6 lease ms · 7 take the next 0|1
 * Returns [settled, next|freed|idle, attempt, head id, envelope, now, bot fields…] | [lost] | [widen]
 * Again by the same owner and fence: settled, with the same next head.
 */
const SCRIPT = `${PRELUDE}
local now = clock(ARGV[1])
local ck, id, owner, fence, leaseMs = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

local f = redis.call('HMGET', KEYS[1], 'm:' .. ck, 'pending', 'settled', ${BOT_FIELDS})
local m = readMailbox(f[1])
if not m then return {'lost'} end
local function answer(how, envelope)
  return {'settled', how, m.attempt, m.head, envelope or '', ms(now),
    f[4] or '', f[5] or '', f[6] or '', f[7] or '', f[8] or '', f[9] or ''}
end

local mine = m.owner == owner and ms(m.fence) == fence
if m.done == id .. '/' .. owner .. '/' .. fence then
  if mine and m.head ~= '-' then return answer('next', redis.call('HGET', KEYS[1], 'h:' .. ck)) end
  return answer(m.head == '-' and 'idle' or 'freed')
end
if not mine or m.head ~= id then return {'lost'} end

-- The first success after failures: the counter lives in every shard, so the caller must name them all.
if tonumber(f[9] or '0') > 0 and not KEYS[4] then return {'widen'} end

local running = not isOpen(f[7], f[8], now)
local goOn = m.backlog > 0 and running and ARGV[7] == '1'
local extend = goOn and m['until'] - now < leaseMs * 2 / 3
if m.backlog == 0 then
  redis.call('ZADD', KEYS[2], ms(-now), ck)
elseif not goOn then
  redis.call('ZADD', KEYS[2], ms(now), ck)
elseif extend then
  redis.call('ZADD', KEYS[2], ms(now + leaseMs), ck)
end

local envelope = advance(m, KEYS[1], KEYS[3], ck)
m.done = id .. '/' .. owner .. '/' .. fence
if envelope and goOn then
  m.attempt = 1
  if extend then m['until'] = now + leaseMs end
else
  m.owner = '-'
  m['until'] = 0
  if not envelope then redis.call('ZADD', KEYS[2], ms(-now), ck) end
end
if KEYS[4] then
  for i = 4, #KEYS do redis.call('HSET', KEYS[i], 'errors', 0) end
  f[9] = '0'
end
redis.call('HSET', KEYS[1], 'm:' .. ck, writeMailbox(m), 'h:' .. ck, envelope or '',
  'pending', math.max(tonumber(f[2] or '0') - 1, 0), 'settled', ms(tonumber(f[3] or '0') + 1),
  'settled_at', ms(now))
return answer(envelope and (goOn and 'next' or 'freed') or 'idle', goOn and envelope)
`

export type Settled =
  | {
      word: 'settled'
      /** The next head under the same lease; null when the mailbox is empty or was given free. */
      next: Lease | null
      /** True when the mailbox still holds updates that nobody has taken. */
      left: boolean
      bot: BotState
      /** True when this settlement set the error counter back to zero. */
      clearedErrors: boolean
    }
  | { word: 'lost' }

/**
 * Settles the head of a lease.
 * @param options.takeNext false where the worker is about to stop
 * @param options.errors the error counter as last seen; saves a round trip when it is not zero
 * @throws StoreError when the outcome is unknown; the same call may be repeated
 */
export async function settle(
  store: Store,
  lease: Lease,
  settings: { leaseMs: number; takeNext: boolean; errors: number },
  options?: CallOptions,
): Promise<Settled> {
  const { keys } = store
  const shard = shardOf(lease.chatKey)
  const own = [keys.shard(shard), keys.due(shard), keys.backlog(lease.chatKey)]
  const args = [
    store.now(),
    lease.chatKey,
    lease.updateId,
    lease.owner,
    lease.fence,
    String(settings.leaseMs),
    settings.takeNext ? '1' : '0',
  ]
  let wide = settings.errors > 0
  let reply = await store.run(SCRIPT, wide ? [...own, ...keys.allShards] : own, args, options)
  if (tagOf(reply, ['settled', 'lost', 'widen']) === 'widen') {
    wide = true
    reply = await store.run(SCRIPT, [...own, ...keys.allShards], args, options)
  }
  if (tagOf(reply, ['settled', 'lost']) === 'lost') return { word: 'lost' }
  const [, how, attempt, updateId = '', head = '', now] = reply
  const next = { ...lease, attempt: Number(attempt), updateId, head, nowMs: Number(now) }
  return {
    word: 'settled',
    next: how === 'next' ? next : null,
    left: how === 'freed',
    bot: readBotState(reply.slice(6)),
    clearedErrors: wide,
  }
}
