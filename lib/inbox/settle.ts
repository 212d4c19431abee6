/** settle: remove the head under the current fence, count it, hand back the next head or free the lease. */
import { StoreError } from '../errors.ts'
import { shardOf, type CallOptions, type Store } from '../redis.ts'
import { defineScript, replyOf, tagOf } from '../script.ts'
import { STATS_LUA } from '../stats.ts'
import { BOT_FIELDS, BOT_FIELDS_LUA, MAILBOX_LUA, readBotState } from './lua.ts'
import type { BotState, Lease } from './types.ts'

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 LIST backlog · 4… HASH every shard (only where the error counter may
 *       have to be zeroed: it is copied to all of them)
 * ARGV  1 now ms or '' · 2 chat key · 3 update id · 4 owner · 5 fence · 6 lease ms · 7 take the next 0|1
 *       8 ms from the request to its 200, or '' where unknown · 9 the store is full 0|1
 * Returns [settled, next|freed|idle, attempt, head id, envelope, now ms, bot fields…] | [lost] | [widen]
 *         widen: the error counter must be zeroed, and the call lacks the keys from 4 on
 * Lifetime  the record of an empty mailbox lasts until a sweep purges it
 * Again     by the same owner and fence: settled, with the same next head
 */
const SETTLE = defineScript(
  'settle',
  `${MAILBOX_LUA}${STATS_LUA}
local now = clock(ARGV[1])
local ck, id, owner, fence, leaseMs = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

local mailbox, head, slot = 'm:' .. ck, 'h:' .. ck, statsField(now)
local f = read(KEYS[1], mailbox, 'pending', 'settled', ${BOT_FIELDS_LUA}, slot)
local m = readMailbox(f[mailbox])
if not m then return {'lost'} end
local function answer(how, envelope)
  return {'settled', how, m.attempt, m.head, envelope or '', ms(now), botWords(f)}
end

local mine = m.owner == owner and ms(m.fence) == fence
local done = 'settled/' .. id .. '/' .. owner .. '/' .. fence
if m.done == done then
  if mine then
    -- The first answer was lost, and a part of the lease is over: extend it.
    m['until'] = now + leaseMs
    redis.call('ZADD', KEYS[2], ms(m['until']), ck)
    redis.call('HSET', KEYS[1], mailbox, writeMailbox(m))
    return answer('next', redis.call('HGET', KEYS[1], head))
  end
  return answer(m.head == '-' and 'idle' or 'freed')
end
if not mine or m.head ~= id then return {'lost'} end
if ARGV[9] == '1' then evenWhenFull(1) end

-- First success after an error. The counter is copied to all shards: answer widen, and the caller repeats the
-- call with all keys.
if num(f.errors) > 0 and not KEYS[4] then return {'widen'} end

-- The age of a head with an unreadable envelope is unknown.
local endToEndMs = m.since > 1 and math.max(now - m.since, 0) or nil
local running = not isOpen(f.breaker, f.breaker_until, now)
local goOn = running and ARGV[7] == '1'
local extend = goOn and m['until'] - now < leaseMs * 2 / 3
-- The index goes first: were it refused after the LPOP, the envelope taken off the list would be lost.
local due = m.backlog == 0 and -now or not goOn and now or extend and now + leaseMs
if due then redis.call('ZADD', KEYS[2], ms(due), ck) end
local envelope = advance(m, KEYS[1], KEYS[3], ck)
if not envelope and due ~= -now then redis.call('ZADD', KEYS[2], ms(-now), ck) end
m.done = done
if envelope and goOn then
  m.attempt = 1
  if extend then m['until'] = now + leaseMs end
else
  m.owner = '-'
  m['until'] = 0
end
if KEYS[4] then
  -- Where a shard is of another type (an operator's edit), the envelope taken off the list must not be lost.
  for i = 4, #KEYS do redis.pcall('HSET', KEYS[i], 'errors', 0) end
  f.errors = '0'
end
redis.call('HSET', KEYS[1], mailbox, writeMailbox(m), head, envelope or '',
  'pending', math.max(num(f.pending) - 1, 0), 'settled', ms(num(f.settled) + 1),
  'settled_at', ms(now),
  slot, addStats(f[slot], now, {settled = 1}, tonumber(ARGV[8]), endToEndMs))
return answer(envelope and (goOn and 'next' or 'freed') or 'idle', goOn and envelope)
`,
)

const WORDS = ['word', 'how', 'attempt', 'head', 'envelope', 'now', ...BOT_FIELDS] as const

export type Settled =
  | {
      word: 'settled'
      /** The next head under the same lease; null when the mailbox is empty or its lease was freed. */
      next: Lease | null
      /** True when the mailbox still holds updates and its lease is free. */
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
 * @param options.ackMs how long the head's own request waited for its 200, where the caller measured it
 * @throws StoreError when the outcome is unknown; the same call may be repeated
 */
export async function settle(
  store: Store,
  lease: Lease,
  settings: { leaseMs: number; takeNext: boolean; errors: number; ackMs?: number | undefined },
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
    settings.ackMs === undefined ? '' : String(Math.round(settings.ackMs)),
  ]
  const run = (wide: boolean, isFull = false): Promise<string[]> =>
    store
      .run(SETTLE, wide ? [...own, ...keys.allShards] : own, [...args, isFull ? '1' : '0'], options)
      .catch((error: unknown) => {
        // Settling frees memory, so a full store must not stop it.
        if (!isFull && error instanceof StoreError && error.code === 'store_full') return run(wide, true)
        throw error
      })
  let wide = settings.errors > 0
  let reply = await run(wide)
  if (tagOf(reply, ['settled', 'lost', 'widen']) === 'widen') {
    wide = true
    reply = await run(wide)
  }
  if (tagOf(reply, ['settled', 'lost']) === 'lost') return { word: 'lost' }
  const words = replyOf(reply, WORDS)
  const next = {
    ...lease,
    attempt: Number(words.attempt),
    updateId: words.head,
    head: words.envelope,
    nowMs: Number(words.now),
  }
  return {
    word: 'settled',
    next: words.how === 'next' ? next : null,
    left: words.how === 'freed',
    bot: readBotState(words),
    clearedErrors: wide,
  }
}
