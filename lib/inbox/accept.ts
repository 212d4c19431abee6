/** accept: dedupe, append to the mailbox, try to take the lease: one atomic script, one round trip. */
import { PEER_MS, shardOf, type Store } from '../redis.ts'
import { STATS_LUA } from '../stats.ts'
import { BOT_FIELDS, PRELUDE, readBotState, tagOf } from './lua.ts'
import type { BotState, CallOptions, Lease } from './types.ts'
import type { IncomingUpdate } from './update.ts'

/** Telegram redelivers for 24 h; twice that, counted from acceptance. */
export const DEDUPE_MS = 48 * 3600_000

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 STRING seen · 4 LIST backlog · 5 HASH peer (only with a user)
 * ARGV  1 now ms or '' · 2 chat key · 3 update id · 4 owner · 5 lease ms · 6 dedupe ms · 7 user id or '-'
 *       8 rate limit (0: do not count) · 9 rate window ms · 10 payload · 11 peer ms · 12 sweep interval ms
 * Returns [accepted|duplicate, leased|queued, fence, attempt, head id, envelope, now, expired chat key,
 *          sweep due 0|1, wait ms, bot fields…]
 * Life  seen expires after the dedupe window; the rest lasts until settled.
 * Again by the same owner: the same answer, the same fence, nothing appended.
 */
const SCRIPT = `${PRELUDE}${STATS_LUA}
local now = clock(ARGV[1])
local ck, id, owner, leaseMs = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local f = redis.call('HMGET', KEYS[1], 'm:' .. ck, 'pending', 'accepted', 'swept_at', 'peeked_at', ${BOT_FIELDS},
  statsField(now))
local set = {}
local function put(...) for _, v in ipairs({...}) do set[#set + 1] = v end end
local m = readMailbox(f[1]) or rebuild(f[1], KEYS[1], KEYS[4], ck, now)
local pending = num(f[2])

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
    language = peer[1] or '-'
    if limit > 0 then
      local n, untilMs = num(peer[2]), num(peer[3])
      if untilMs <= now then n, untilMs = 0, now + tonumber(ARGV[9]) end
      n = n + 1
      if n == limit + 1 then verdict = 'notice' elseif n > limit then verdict = 'drop' end
      redis.call('HSET', KEYS[5], 'rate', n, 'rate_until', ms(untilMs), 'month', month)
      if peer[4] ~= month then redis.call('PEXPIRE', KEYS[5], ARGV[11]) end
    end
  end
end

local becameHead = isNew and m.head == '-'
if becameHead then becomeHead(m, id, now) end
local running = not isOpen(f[9], f[10], now)
local leased = m.head ~= '-' and
  (m.owner == owner or (running and not isWaiting(m, now) and isFree(m, now, leaseMs)))
if leased then lease(m, owner, now, leaseMs) end

-- A new head is indexed also when nobody may take it yet. This write goes first: where it fails, the update
-- id is forgotten again, so that Telegram's next delivery is not taken for a duplicate of nothing.
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
  put('pending', pending, 'accepted', ms(num(f[3]) + 1), 'accepted_at', ms(now),
    statsField(now), addStats(f[12], now, {accepted = 1}))
end
if leased and not becameHead then envelope = redis.call('HGET', KEYS[1], 'h:' .. ck) or '' end

-- Adopts one expired mailbox, looked for at most once a second in a shard where others wait.
local expired = ''
if running and pending > 1 and math.abs(now - num(f[5])) >= 1000 then
  put('peeked_at', ms(now))
  local found = redis.pcall('ZRANGEBYSCORE', KEYS[2], '(0', ms(now), 'LIMIT', 0, 1)
  if found[1] and found[1] ~= ck then expired = found[1] end
end
local sweepDue = running and math.abs(now - num(f[4])) >= tonumber(ARGV[12])

if isNew or leased then put('m:' .. ck, writeMailbox(m)) end
if #set > 0 then redis.call('HSET', KEYS[1], unpack(set)) end
local waitMs = becameHead and not leased and f[9] == 'throttled' and math.max(num(f[10]) - now, 1) or 0
return {word, leased and 'leased' or 'queued', ms(m.fence), m.attempt, m.head, leased and envelope or '',
  ms(now), expired, sweepDue and 1 or 0, ms(waitMs),
  f[6] or '', f[7] or '', f[8] or '', f[9] or '', f[10] or '', f[11] or ''}
`

export interface Accepted {
  /** 'accepted' also for the same call again by the same owner; 'duplicate' for Telegram's redelivery. */
  word: 'accepted' | 'duplicate'
  /** Present when this invocation is to process the mailbox. */
  lease: Lease | null
  bot: BotState
  /** Chat key of a mailbox whose worker has gone, to be adopted. */
  expired: string | null
  /** True when no sweep has run for a while and this invocation should start one. */
  sweepDue: boolean
  /** After how long the mailbox may be taken, where everything waits for Telegram's limits; else 0. */
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
    SCRIPT,
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
  const [, got, fence = '', attempt, updateId = '', head = '', now, expired = '', sweepDue, waitMs] = reply
  return {
    word,
    lease:
      got === 'leased'
        ? {
            chatKey: update.chatKey,
            owner: settings.owner,
            fence,
            attempt: Number(attempt),
            updateId,
            head,
            nowMs: Number(now),
          }
        : null,
    bot: readBotState(reply.slice(10)),
    expired: expired === '' ? null : expired,
    sweepDue: sweepDue === '1',
    waitMs: Number(waitMs),
  }
}
