/** The mailboxes that hold updates, for operators: listing the oldest, and releasing one that is stuck. */
import { shardOf, type Store } from '../redis.ts'
import { defineScript, replyOf, tagOf } from '../script.ts'
import { MAILBOX_LUA } from './lua.ts'

export interface MailboxView {
  chatKey: string
  /** leased: a worker holds it; expired: its lease has run out; waiting: for its retry; due: for any worker. */
  state: 'leased' | 'expired' | 'waiting' | 'due'
  leaseOwner: string | null
  leaseUntilMs: number | null
  /** When its oldest update was accepted, ms since 1970. */
  sinceMs: number
  /** How often its oldest update was taken. */
  attempts: number
  nextRetryAtMs: number | null
  pending: number
}

/**
 * KEYS  1…n HASH every shard · n+1…2n ZSET every due
 * ARGV  1 now ms or '' · 2 how many at most
 * Returns [mailboxes, now ms, total, (chat key, owner, until ms, attempt, wait ms, backlog, since ms)…], oldest first
 *         The script reads from each shard that many of the longest overdue and of the longest parked: those hold
 *         the oldest updates. It leaves out an unreadable record; the next take rebuilds it.
 */
const LIST = defineScript(
  'list-mailboxes',
  `${MAILBOX_LUA}
local n, limit = #KEYS / 2, tonumber(ARGV[2])
local now = ms(clock(ARGV[1]))
local total, found = 0, {}
for i = 1, n do
  -- An index of another type (an operator's edit) hides its own shard's mailboxes and no others.
  local count = redis.pcall('ZCOUNT', KEYS[n + i], '(0', '+inf')
  if type(count) == 'number' and count > 0 then
    total = total + count
    local names = redis.call('ZRANGEBYSCORE', KEYS[n + i], '(0', '+inf', 'LIMIT', 0, limit)
    if count > limit then
      local seen = {}
      for _, ck in ipairs(names) do seen[ck] = true end
      for _, ck in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[n + i], '+inf', '(0', 'LIMIT', 0, limit)) do
        if not seen[ck] then names[#names + 1] = ck end
      end
    end
    local fields = {}
    for j, ck in ipairs(names) do fields[j] = 'm:' .. ck end
    for j, record in ipairs(redis.call('HMGET', KEYS[i], unpack(fields))) do
      local m = record and readMailbox(record)
      if m and m.head ~= '-' then found[#found + 1] = {ck = names[j], m = m} end
    end
  end
end
table.sort(found, function(a, b)
  if a.m.since ~= b.m.since then return a.m.since < b.m.since end
  return a.ck < b.ck
end)
local reply = {'mailboxes', now, total}
for i = 1, math.min(limit, #found) do
  local ck, m = found[i].ck, found[i].m
  for _, word in ipairs({ck, m.owner, ms(m['until']), m.attempt, ms(m.wait), m.backlog, ms(m.since)}) do
    reply[#reply + 1] = word
  end
end
return reply
`,
)

const WORDS = ['chatKey', 'owner', 'until', 'attempt', 'wait', 'backlog', 'since'] as const

/** Lists at most `limit` mailboxes, the oldest first. @throws StoreError */
export async function listMailboxes(
  store: Store,
  limit: number,
): Promise<{ nowMs: number; total: number; mailboxes: MailboxView[] }> {
  const { keys } = store
  const reply = await store.run(LIST, [...keys.allShards, ...keys.allDue], [store.now(), String(limit)])
  tagOf(reply, ['mailboxes'])
  const nowMs = Number(reply[1])
  const mailboxes: MailboxView[] = []
  for (let i = 3; i < reply.length; i += WORDS.length) {
    const words = replyOf(reply.slice(i, i + WORDS.length), WORDS)
    const [untilMs, waitMs] = [Number(words.until), Number(words.wait)]
    const isOwned = words.owner !== '-'
    const free = waitMs > nowMs ? 'waiting' : 'due'
    const held = untilMs > nowMs ? 'leased' : 'expired'
    mailboxes.push({
      chatKey: words.chatKey,
      state: isOwned ? held : free,
      leaseOwner: isOwned ? words.owner : null,
      leaseUntilMs: isOwned ? untilMs : null,
      sinceMs: Number(words.since),
      attempts: Number(words.attempt),
      nextRetryAtMs: waitMs > nowMs ? waitMs : null,
      pending: Number(words.backlog) + 1,
    })
  }
  return { nowMs, total: Number(reply[2]), mailboxes }
}

/** Chat keys that one call reads from each shard. */
const PAGE = 500

/**
 * KEYS  1… ZSET every due
 * ARGV  1 offset · 2 count
 * Returns [names, chat key…] of the mailboxes that hold updates
 */
const LIST_CHATS = defineScript(
  'list-chats',
  `
local reply = {'names'}
for i = 1, #KEYS do
  local found = redis.pcall('ZRANGEBYSCORE', KEYS[i], '(0', '+inf', 'LIMIT', ARGV[1], ARGV[2])
  for _, ck in ipairs(found) do reply[#reply + 1] = ck end
end
return reply
`,
)

/**
 * Finds the mailbox of a chat that the caller recognises, for example by its hash.
 * @returns its chat key, or null
 * @throws StoreError
 */
export async function findMailbox(store: Store, isIt: (chatKey: string) => boolean): Promise<string | null> {
  for (let offset = 0; ; offset += PAGE) {
    const reply = await store.run(LIST_CHATS, store.keys.allDue, [String(offset), String(PAGE)])
    tagOf(reply, ['names'])
    const chatKey = reply.slice(1).find(isIt)
    if (chatKey !== undefined) return chatKey
    // Less than one page over all shards: no shard has another page.
    if (reply.length - 1 < PAGE) return null
  }
}

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 LIST backlog
 * ARGV  1 now ms or '' · 2 chat key
 * Returns [released|gone]
 *         The worker that held the lease gets `lost` at its next write. The next lease has a higher fence; the
 *         attempts stay.
 * Again   released, until the mailbox is empty
 */
const RELEASE = defineScript(
  'release',
  `${MAILBOX_LUA}
local now, ck = clock(ARGV[1]), ARGV[2]
evenWhenFull(1)
local record = redis.call('HGET', KEYS[1], 'm:' .. ck)
if not record then return {'gone'} end
local m = readMailbox(record) or rebuild(record, KEYS[1], KEYS[3], ck, now)
if m.head == '-' then return {'gone'} end
m.owner = '-'
m['until'] = 0
m.wait = 0
redis.call('ZADD', KEYS[2], ms(now), ck)
redis.call('HSET', KEYS[1], 'm:' .. ck, writeMailbox(m))
return {'released'}
`,
)

/**
 * Frees a mailbox from its lease or from waiting for its retry; the caller must drain it.
 * @throws StoreError
 */
export async function releaseMailbox(store: Store, chatKey: string): Promise<'released' | 'gone'> {
  const { keys } = store
  const shard = shardOf(chatKey)
  const reply = await store.run(
    RELEASE,
    [keys.shard(shard), keys.due(shard), keys.backlog(chatKey)],
    [store.now(), chatKey],
  )
  return tagOf(reply, ['released', 'gone'])
}
