/** The mailboxes that hold updates, for operators: the oldest of them, and setting one free that is stuck. */
import { shardOf, type Store } from '../redis.ts'
import { PRELUDE, tagOf } from './lua.ts'

export interface MailboxView {
  chatKey: string
  /** leased: a worker has it; expired: its worker has gone; waiting: for its next try; due: for any worker. */
  state: 'leased' | 'expired' | 'waiting' | 'due'
  leaseOwner: string | null
  leaseUntilMs: number | null
  /** When its oldest update was accepted. */
  sinceMs: number
  /** How often the oldest was taken. */
  attempts: number
  nextRetryAtMs: number | null
  pending: number
}

/**
 * KEYS  1…n HASH every shard · n+1…2n ZSET every due
 * ARGV  1 now ms or '' · 2 how many at most
 * Returns [mailboxes, now, total, (chat key, owner, until, attempt, wait, backlog, since)…], oldest first
 *         Out of each shard come as many of the longest overdue and as many of the longest parked, which is where
 *         old updates are. A record that nobody can read is left out: the next take rebuilds it.
 */
const LIST = `${PRELUDE}
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
`

const WORDS = 7

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
  for (let i = 3; i + WORDS <= reply.length; i += WORDS) {
    const [chatKey = '', owner = '-', until, attempt, wait, backlog, since] = reply.slice(i, i + WORDS)
    const [untilMs, waitMs] = [Number(until), Number(wait)]
    const isOwned = owner !== '-'
    const free = waitMs > nowMs ? 'waiting' : 'due'
    const held = untilMs > nowMs ? 'leased' : 'expired'
    mailboxes.push({
      chatKey,
      state: isOwned ? held : free,
      leaseOwner: isOwned ? owner : null,
      leaseUntilMs: isOwned ? untilMs : null,
      sinceMs: Number(since),
      attempts: Number(attempt),
      nextRetryAtMs: waitMs > nowMs ? waitMs : null,
      pending: Number(backlog) + 1,
    })
  }
  return { nowMs, total: Number(reply[2]), mailboxes }
}

/** Names looked at with one call, over all shards. */
const PAGE = 500

/**
 * KEYS  1… ZSET every due
 * ARGV  1 offset · 2 count
 * Returns [names, chat key…]
 */
const NAMES = `
local reply = {'names'}
for i = 1, #KEYS do
  local found = redis.pcall('ZRANGEBYSCORE', KEYS[i], '(0', '+inf', 'LIMIT', ARGV[1], ARGV[2])
  for _, ck in ipairs(found) do reply[#reply + 1] = ck end
end
return reply
`

/**
 * Finds the mailbox that somebody knows by another name than its chat key.
 * @returns its chat key, or null
 * @throws StoreError
 */
export async function findMailbox(store: Store, isIt: (chatKey: string) => boolean): Promise<string | null> {
  for (let offset = 0; ; offset += PAGE) {
    const reply = await store.run(NAMES, store.keys.allDue, [String(offset), String(PAGE)])
    tagOf(reply, ['names'])
    const chatKey = reply.slice(1).find(isIt)
    if (chatKey !== undefined) return chatKey
    // Fewer than one page of one shard: no shard can have more.
    if (reply.length - 1 < PAGE) return null
  }
}

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 LIST backlog
 * ARGV  1 now ms or '' · 2 chat key
 * Returns [released|gone]
 * Whoever held the lease is told that it is lost at its next write, because it owns nothing any more; the next
 * lease has a higher fence. Attempts are kept. Again: released, until the mailbox is empty.
 */
const RELEASE = `${PRELUDE}
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
`

/**
 * Frees a mailbox from its lease or from waiting for its next try; the caller sees to it that it is drained.
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
