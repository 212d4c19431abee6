/** take: lease a mailbox that the index, a retry time or an operator named. */
import { shardOf, type Store } from '../redis.ts'
import { BOT_FIELDS, PRELUDE, readBotState, tagOf } from './lua.ts'
import type { BotState, CallOptions, Lease } from './types.ts'

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 LIST backlog
 * ARGV  1 now ms or '' · 2 chat key · 3 owner · 4 lease ms
 * Returns [leased, fence, attempt, head id, envelope, now, 0, bot fields…]
 *       | [busy|waiting|idle|open, '', 0, '', '', now, wait ms, bot fields…]
 * Again by the same owner: the same lease. An empty mailbox leaves the index.
 */
const SCRIPT = `${PRELUDE}
local now = clock(ARGV[1])
local ck, owner, leaseMs = ARGV[2], ARGV[3], tonumber(ARGV[4])
evenWhenFull(1)
local f = redis.call('HMGET', KEYS[1], 'm:' .. ck, 'h:' .. ck, ${BOT_FIELDS})
local m = readMailbox(f[1])
if not m then
  m = rebuild(f[1], KEYS[1], KEYS[3], ck, now)
  f[2] = redis.call('HGET', KEYS[1], 'h:' .. ck)
end
local function answer(word, waitMs)
  return {word, '', 0, '', '', ms(now), ms(waitMs or 0),
    f[3] or '', f[4] or '', f[5] or '', f[6] or '', f[7] or '', f[8] or ''}
end
if m.owner ~= owner then
  if isOpen(f[6], f[7], now) then return answer('open', math.max(num(f[7]) - now, 0)) end
  if not isFree(m, now, leaseMs) then return answer('busy', m['until'] - now) end
  if m.head == '-' then
    redis.call('ZADD', KEYS[2], ms(-now), ck)
    return answer('idle')
  end
  if isWaiting(m, now) then
    redis.call('ZADD', KEYS[2], ms(m.wait), ck)
    return answer('waiting', m.wait - now)
  end
end
lease(m, owner, now, leaseMs)
redis.call('ZADD', KEYS[2], ms(m['until']), ck)
redis.call('HSET', KEYS[1], 'm:' .. ck, writeMailbox(m))
return {'leased', ms(m.fence), m.attempt, m.head, f[2] or '', ms(now), 0,
  f[3] or '', f[4] or '', f[5] or '', f[6] or '', f[7] or '', f[8] or ''}
`

export type Taken =
  | { word: 'leased'; lease: Lease; bot: BotState }
  /** `waitMs`: after how long it is worth asking again. */
  | { word: 'busy' | 'waiting' | 'idle' | 'open'; waitMs: number; bot: BotState }

/**
 * Leases a mailbox and counts the attempt at its head.
 * @throws StoreError when the outcome is unknown; the same call may be repeated
 */
export async function take(
  store: Store,
  chatKey: string,
  settings: { owner: string; leaseMs: number },
  options?: CallOptions,
): Promise<Taken> {
  const { keys } = store
  const shard = shardOf(chatKey)
  const reply = await store.run(
    SCRIPT,
    [keys.shard(shard), keys.due(shard), keys.backlog(chatKey)],
    [store.now(), chatKey, settings.owner, String(settings.leaseMs)],
    options,
  )
  const word = tagOf(reply, ['leased', 'busy', 'waiting', 'idle', 'open'])
  const [, fence = '', attempt, updateId = '', head = '', now, waitMs] = reply
  const bot = readBotState(reply.slice(7))
  if (word !== 'leased') return { word, waitMs: Number(waitMs), bot }
  const { owner } = settings
  return {
    word,
    lease: { chatKey, owner, fence, attempt: Number(attempt), updateId, head, nowMs: Number(now) },
    bot,
  }
}
