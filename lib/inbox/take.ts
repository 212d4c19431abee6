/** take: lease a mailbox that the index, a retry time or an operator named. */
import { shardOf, type CallOptions, type Store } from '../redis.ts'
import { defineScript, replyOf, tagOf } from '../script.ts'
import { BOT_FIELDS, BOT_FIELDS_LUA, MAILBOX_LUA, readBotState } from './lua.ts'
import type { BotState, Lease } from './types.ts'

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 LIST backlog
 * ARGV  1 now ms or '' · 2 chat key · 3 owner · 4 lease ms
 * Returns [leased, fence, attempt, head id, envelope, now ms, 0, bot fields…]
 *       | [busy|waiting|idle|open, '', 0, '', '', now ms, wait ms, bot fields…]
 *         An empty mailbox is indexed as idle.
 * Lifetime  the lease expires
 * Again     by the same owner: the same lease, extended
 */
const TAKE = defineScript(
  'take',
  `${MAILBOX_LUA}
local now = clock(ARGV[1])
local ck, owner, leaseMs = ARGV[2], ARGV[3], tonumber(ARGV[4])
evenWhenFull(1)
local mailbox, head = 'm:' .. ck, 'h:' .. ck
local f = read(KEYS[1], mailbox, head, ${BOT_FIELDS_LUA})
local m = readMailbox(f[mailbox])
if not m then
  m = rebuild(f[mailbox], KEYS[1], KEYS[3], ck, now)
  f[head] = redis.call('HGET', KEYS[1], head)
end
local function answer(word, waitMs)
  return {word, '', 0, '', '', ms(now), ms(waitMs or 0), botWords(f)}
end
if m.owner ~= owner then
  if isOpen(f.breaker, f.breaker_until, now) then
    return answer('open', math.max(num(f.breaker_until) - now, 0))
  end
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
redis.call('HSET', KEYS[1], mailbox, writeMailbox(m))
return {'leased', ms(m.fence), m.attempt, m.head, f[head] or '', ms(now), 0, botWords(f)}
`,
)

const WORDS = ['word', 'fence', 'attempt', 'head', 'envelope', 'now', 'waitMs', ...BOT_FIELDS] as const

export type Taken =
  | { word: 'leased'; lease: Lease; bot: BotState }
  /** `waitMs`: after how long the next take can succeed. */
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
    TAKE,
    [keys.shard(shard), keys.due(shard), keys.backlog(chatKey)],
    [store.now(), chatKey, settings.owner, String(settings.leaseMs)],
    options,
  )
  const word = tagOf(reply, ['leased', 'busy', 'waiting', 'idle', 'open'])
  const words = replyOf(reply, WORDS)
  const bot = readBotState(words)
  if (word !== 'leased') return { word, waitMs: Number(words.waitMs), bot }
  return {
    word,
    lease: {
      chatKey,
      owner: settings.owner,
      fence: words.fence,
      attempt: Number(words.attempt),
      updateId: words.head,
      head: words.envelope,
      nowMs: Number(words.now),
    },
    bot,
  }
}
