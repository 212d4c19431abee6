/** accept: deduplicate, append to the mailbox, try to take the lease: one atomic script, one round trip. */
import { PEER_MS, shardOf, type CallOptions, type Store } from '../redis.ts'
import { defineScript, replyOf, tagOf } from '../script.ts'
import { STATS_LUA } from '../stats.ts'
import { BOT_FIELDS, BOT_FIELDS_LUA, MAILBOX_LUA, readBotState } from './lua.ts'
import type { BotState, Lease } from './types.ts'
import type { IncomingUpdate } from './update.ts'

/** How long an update id is remembered, from its acceptance: twice the 24 h for which Telegram redelivers. */
export const DEDUPE_MS = 48 * 3600_000

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 STRING seen · 4 LIST backlog · 5 HASH peer (only with a user)
 * ARGV  1 now ms or '' · 2 chat key · 3 update id · 4 owner · 5 lease ms · 6 dedupe ms · 7 user id or '-'
 *       8 rate limit (0: do not count) · 9 rate window ms · 10 payload · 11 peer ms · 12 sweep interval ms
 * Returns [accepted|duplicate, leased|queued, fence, attempt, head id, envelope, now ms, expired chat key or '',
 *          sweep due 0|1, wait ms, bot fields…]
 * Lifetime  seen expires after the dedupe window; the rest lasts until it is settled
 * Again     by the same owner: the same answer, the same fence, nothing appended
 */
const ACCEPT = defineScript(
  'accept',
  `${MAILBOX_LUA}${STATS_LUA}
local now = clock(ARGV[1])
local ck, id, owner, leaseMs = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local mailbox, slot = 'm:' .. ck, statsField(now)
local f = read(KEYS[1], mailbox, 'pending', 'accepted', 'swept_at', 'peeked_at', ${BOT_FIELDS_LUA}, slot)
local set = {}
local function put(...) for _, v in ipairs({...}) do set[#set + 1] = v end end
local m = readMailbox(f[mailbox]) or rebuild(f[mailbox], KEYS[1], KEYS[4], ck, now)
local pending = num(f.pending)

local isNew = redis.call('SET', KEYS[3], owner, 'NX', 'PX', ARGV[6])
local word = 'accepted'
if not isNew then
  local holder = redis.pcall('GET', KEYS[3])
  if type(holder) == 'table' then
    redis.call('SET', KEYS[3], owner, 'PX', ARGV[6])
    isNew = true
  elseif holder ~= owner then word = 'duplicate' end
end

local language, verdict = '-', 'ok'
if isNew and KEYS[5] then
  local limit, month = tonumber(ARGV[8]), tostring(math.floor(now / 2592000000))
  local peer = redis.pcall('HMGET', KEYS[5], 'language', 'rate', 'rate_until', 'month')
  if not peer.err then
    local lastLanguage, rate, rateUntil, lastMonth = unpack(peer)
    language = lastLanguage or '-'
    if limit > 0 then
      local n, untilMs = num(rate), num(rateUntil)
      if untilMs <= now then n, untilMs = 0, now + tonumber(ARGV[9]) end
      n = n + 1
      if n == limit + 1 then verdict = 'notice' elseif n > limit then verdict = 'drop' end
      redis.call('HSET', KEYS[5], 'rate', n, 'rate_until', ms(untilMs), 'month', month)
      if lastMonth ~= month then redis.call('PEXPIRE', KEYS[5], ARGV[11]) end
    end
  end
end

local becameHead = isNew and m.head == '-'
if becameHead then becomeHead(m, id, now) end
local running = not isOpen(f.breaker, f.breaker_until, now)
local leased = m.head ~= '-' and
  (m.owner == owner or (running and not isWaiting(m, now) and isFree(m, now, leaseMs)))
if leased then lease(m, owner, now, leaseMs) end

-- A new head is indexed also where no worker may take it yet. This write goes first: where it fails, the script
-- deletes the update id, so that Telegram's next delivery is not taken for a duplicate.
if leased or becameHead then
  local added = redis.pcall('ZADD', KEYS[2], ms(leased and m['until'] or now), ck)
  if type(added) == 'table' then
    if isNew then redis.call('DEL', KEYS[3]) end
    return added
  end
end

local envelope = ''
if isNew then
  envelope = '1 ' .. id .. ' ' .. ms(now) .. ' ' .. ARGV[7] .. ' ' .. verdict .. ' ' .. language .. ' 0\\n' .. ARGV[10]
  if becameHead then
    put('h:' .. ck, envelope)
  else
    m.backlog = m.backlog + 1
    onBacklog(KEYS[1], KEYS[4], ck, 'RPUSH', envelope)
  end
  pending = pending + 1
  put('pending', pending, 'accepted', ms(num(f.accepted) + 1), 'accepted_at', ms(now),
    slot, addStats(f[slot], now, {accepted = 1}))
end
if leased and not becameHead then envelope = redis.call('HGET', KEYS[1], 'h:' .. ck) or '' end

-- Work stealing: return one mailbox of this shard whose lease has expired. Checked at most once a second.
local expired = ''
if running and pending > 1 and math.abs(now - num(f.peeked_at)) >= 1000 then
  put('peeked_at', ms(now))
  local found = redis.pcall('ZRANGEBYSCORE', KEYS[2], '(0', ms(now), 'LIMIT', 0, 1)
  if found[1] and found[1] ~= ck then expired = found[1] end
end
local sweepDue = running and math.abs(now - num(f.swept_at)) >= tonumber(ARGV[12])

if isNew or leased then put(mailbox, writeMailbox(m)) end
if #set > 0 then redis.call('HSET', KEYS[1], unpack(set)) end
local waitMs = becameHead and not leased and f.breaker == 'throttled' and math.max(num(f.breaker_until) - now, 1) or 0
return {word, leased and 'leased' or 'queued', ms(m.fence), m.attempt, m.head, leased and envelope or '',
  ms(now), expired, sweepDue and 1 or 0, ms(waitMs), botWords(f)}
`,
)

const WORDS = [
  'word',
  'got',
  'fence',
  'attempt',
  'head',
  'envelope',
  'now',
  'expired',
  'sweepDue',
  'waitMs',
  ...BOT_FIELDS,
] as const

export interface Accepted {
  /** 'accepted' also for the same call again by the same owner; 'duplicate' for Telegram's redelivery. */
  word: 'accepted' | 'duplicate'
  /** Present when this invocation is to process the mailbox. */
  lease: Lease | null
  bot: BotState
  /** Chat key of a mailbox whose lease has expired: this invocation should take it too (work stealing). */
  expired: string | null
  /** True when the last sweep is longer ago than the interval: this invocation should start one. */
  sweepDue: boolean
  /** Milliseconds until the mailbox may be taken, while a 429 throttles the whole bot; else 0. */
  waitMs: number
}

export interface AcceptSettings {
  owner: string
  leaseMs: number
  rateLimit: { requests: number; windowMs: number }
  sweepIntervalMs: number
}

/**
 * Accepts one update durably.
 * @param payload the update's text, stored untouched
 * @throws StoreError when the outcome is unknown or the store refused; the same call may be repeated
 */
export async function accept(
  store: Store,
  update: IncomingUpdate,
  payload: string,
  settings: AcceptSettings,
  options?: CallOptions,
): Promise<Accepted> {
  const { keys } = store
  const shard = shardOf(update.chatKey)
  const reply = await store.run(
    ACCEPT,
    [
      keys.shard(shard),
      keys.due(shard),
      keys.seen(update.updateId),
      keys.backlog(update.chatKey),
      ...(update.userId === null ? [] : [keys.peer(update.userId)]),
    ],
    [
      store.now(),
      update.chatKey,
      update.updateId,
      settings.owner,
      String(settings.leaseMs),
      String(DEDUPE_MS),
      update.userId ?? '-',
      String(update.isRequest ? settings.rateLimit.requests : 0),
      String(settings.rateLimit.windowMs),
      payload,
      String(PEER_MS),
      String(settings.sweepIntervalMs),
    ],
    options,
  )
  const word = tagOf(reply, ['accepted', 'duplicate'])
  const words = replyOf(reply, WORDS)
  return {
    word,
    lease:
      words.got === 'leased'
        ? {
            chatKey: update.chatKey,
            owner: settings.owner,
            fence: words.fence,
            attempt: Number(words.attempt),
            updateId: words.head,
            head: words.envelope,
            nowMs: Number(words.now),
          }
        : null,
    bot: readBotState(words),
    expired: words.expired === '' ? null : words.expired,
    sweepDue: words.sweepDue === '1',
    waitMs: Number(words.waitMs),
  }
}
