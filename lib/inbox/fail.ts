/** fail: record that the head was not processed. It is retried later, waits, or becomes a dead letter. */
import { shardOf, type CallOptions, type Store } from '../redis.ts'
import { defineScript, replyOf, tagOf } from '../script.ts'
import { STATS_LUA } from '../stats.ts'
import { BOT_FIELDS, BOT_FIELDS_LUA, MAILBOX_LUA, readBotState } from './lua.ts'
import type { BotState, Lease } from './types.ts'

/** The caps of the dead letters, in letters and in bytes; at either, the script drops the oldest and counts them. */
export const DEAD_LETTERS_MAX = 1000
export const DEAD_LETTERS_MAX_BYTES = 20 * 1024 * 1024

/** Two 429s of different chats within this time mean that the whole bot is too fast. */
const THROTTLE_MS = 10_000

/**
 * KEYS  1 HASH shard · 2 ZSET due · 3 LIST backlog · 4 HASH dead · 5 ZSET dead:at · 6… HASH every shard
 * ARGV  1 now ms or '' · 2 chat key · 3 update id · 4 owner · 5 fence · 6 action retry|wait|dead
 *       7 delay ms · 8 count it as an error 0|1 · 9 breaker to open, or '' · 10 breaker's delay ms
 *       11 cause (JSON text) · 12 dead letters at most · 13 bytes at most · 14 throttle ms, 0 for no 429
 *       15 outage 0|1: while a breaker is open, the attempt of such a failure does not count
 * Returns [failed, parked|dead, errors, now ms, wait ms, left 0|1, bot fields…] | [lost]
 *         The lease is free afterwards in every case.
 * Lifetime  a dead letter lasts until it is replayed or discarded, or dropped at a cap; the rest until it is settled
 * Again     by the same owner and fence: failed, counted once
 */
const FAIL = defineScript(
  'fail',
  `${MAILBOX_LUA}${STATS_LUA}
local now = clock(ARGV[1])
local ck, id, owner, fence, action, delay = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
evenWhenFull(1)
local mailbox, head, slot = 'm:' .. ck, 'h:' .. ck, statsField(now)
local f = read(KEYS[1], mailbox, head, 'pending', ${BOT_FIELDS_LUA}, 'limited_at', 'limited_by', slot)
local m = readMailbox(f[mailbox])
if not m then return {'lost'} end
f.errors = num(f.errors)
local function answer(how)
  return {'failed', how, f.errors, ms(now), ms(math.max(m.wait - now, 0)), m.head ~= '-' and 1 or 0, botWords(f)}
end
local call = '/' .. id .. '/' .. owner .. '/' .. fence
if m.done == 'parked' .. call or m.done == 'dead' .. call then return answer(string.match(m.done, '^%l+')) end
if m.owner ~= owner or ms(m.fence) ~= fence or m.head ~= id then return {'lost'} end

local function everywhere(...)
  -- Where a shard is of another type (an operator's edit), the envelope taken off the list must not be lost.
  for i = 6, #KEYS do redis.pcall('HSET', KEYS[i], ...) end
end
local open = isOpen(f.breaker, f.breaker_until, now)
local refund = action == 'wait' or ((open or ARGV[9] ~= '') and ARGV[15] == '1')
if refund then action = 'retry' end

local pending = num(f.pending)
local envelope = f[head]
if action == 'dead' then
  local letter = ms(now) .. ' ' .. ck .. ' ' .. m.attempt .. '\\n' .. ARGV[11] .. '\\n' .. (f[head] or '')
  local known = redis.call('HMGET', KEYS[4], '#bytes', id)
  local bytes = num(known[1]) + #letter - #(known[2] or '')
  redis.call('ZADD', KEYS[5], ms(now), id)
  redis.call('HSET', KEYS[4], id, letter)
  local dropped = 0
  while redis.call('ZCARD', KEYS[5]) > tonumber(ARGV[12]) or bytes > tonumber(ARGV[13]) do
    -- The new letter stays, also where a clock that was set back makes it look oldest.
    local low = redis.call('ZRANGE', KEYS[5], 0, 1)
    local oldest = low[1] == id and low[2] or low[1]
    if oldest == id then break end
    bytes = bytes - #(redis.call('HGET', KEYS[4], oldest) or '')
    redis.call('HDEL', KEYS[4], oldest)
    redis.call('ZREM', KEYS[5], oldest)
    dropped = dropped + 1
  end
  redis.call('HSET', KEYS[4], '#bytes', bytes)
  if dropped > 0 then redis.call('HINCRBY', KEYS[4], '#dropped', dropped) end
  -- The index goes first: were it refused after the LPOP, the envelope taken off the list would be lost.
  redis.call('ZADD', KEYS[2], ms(m.backlog == 0 and -now or now), ck)
  envelope = advance(m, KEYS[1], KEYS[3], ck)
  pending = math.max(pending - 1, 0)
else
  -- A head that waits for the breaker is due as soon as the breaker closes.
  local blamed = ARGV[15] == '1' and (open or ARGV[9] ~= '')
  m.wait = now + (blamed and 0 or delay)
  if refund then m.attempt = math.max(m.attempt - 1, 0) end
end
m.owner = '-'
m['until'] = now
local how = action == 'dead' and 'dead' or 'parked'
m.done = how .. call

if ARGV[8] == '1' then
  f.errors = f.errors + 1
  everywhere('errors', f.errors)
end
-- An open breaker keeps its schedule, and an operator's pause takes precedence over every other breaker.
if ARGV[9] ~= '' and (not open or f.breaker == 'throttled') then
  f.breaker, f.breaker_until = ARGV[9], ms(now + tonumber(ARGV[10]))
  f.status = ARGV[9] == 'token' and 'UNAUTHORIZED' or 'FAILED'
  everywhere('breaker', f.breaker, 'breaker_until', f.breaker_until, 'status', f.status)
elseif tonumber(ARGV[14]) > 0 and not open then
  if f.limited_by ~= ck and now - num(f.limited_at) < tonumber(ARGV[14]) then
    f.breaker, f.breaker_until = 'throttled', ms(now + math.min(delay, 30000))
    everywhere('breaker', f.breaker, 'breaker_until', f.breaker_until)
  end
  everywhere('limited_at', ms(now), 'limited_by', ck)
end

redis.call('ZADD', KEYS[2], ms(m.head == '-' and -now or math.max(m.wait, now)), ck)
redis.call('HSET', KEYS[1], mailbox, writeMailbox(m), head, envelope or '', 'pending', pending,
  slot, addStats(f[slot], now, {failed = tonumber(ARGV[8]), dead = action == 'dead' and 1 or 0}))
return answer(how)
`,
)

const WORDS = ['word', 'how', 'errorCount', 'now', 'waitMs', 'left', ...BOT_FIELDS] as const

export interface Failure {
  /**
   * retry: the attempt counts and the head waits; wait: it waits and the attempt does not count (Telegram's
   * limits); dead: it goes to the dead letters.
   */
  action: 'retry' | 'wait' | 'dead'
  delayMs: number
  countsAsError: boolean
  /** Stop all workers at once: the token was revoked, or Telegram is down. */
  breaker: '' | 'token' | 'telegram'
  /** True when an outage explains the failure: while a breaker is open, the attempt does not count. */
  outage: boolean
  /** True for a 429: two of different chats in a row slow the whole bot down. */
  limited: boolean
  /** Error name, code and redacted message as JSON text; kept with a dead letter. */
  cause: string
}

export type Failed =
  | {
      word: 'failed'
      how: 'parked' | 'dead'
      /** The error counter after this failure. */
      errors: number
      /** How long the head waits; 0 when the mailbox can be taken at once. */
      waitMs: number
      /** True when the mailbox still holds updates. */
      left: boolean
      bot: BotState
    }
  | { word: 'lost' }

/**
 * Records a failure of the head and frees the lease.
 * @throws StoreError when the outcome is unknown; the same call may be repeated
 */
export async function fail(
  store: Store,
  lease: Lease,
  failure: Failure,
  options?: CallOptions,
): Promise<Failed> {
  const { keys } = store
  const shard = shardOf(lease.chatKey)
  const reply = await store.run(
    FAIL,
    [
      keys.shard(shard),
      keys.due(shard),
      keys.backlog(lease.chatKey),
      keys.dead,
      keys.deadAt,
      ...keys.allShards,
    ],
    [
      store.now(),
      lease.chatKey,
      lease.updateId,
      lease.owner,
      lease.fence,
      failure.action,
      String(Math.ceil(failure.delayMs)),
      failure.countsAsError ? '1' : '0',
      failure.breaker,
      String(BREAKER_FIRST_PROBE_MS),
      failure.cause,
      String(DEAD_LETTERS_MAX),
      String(DEAD_LETTERS_MAX_BYTES),
      String(failure.limited ? THROTTLE_MS : 0),
      failure.outage ? '1' : '0',
    ],
    options,
  )
  if (tagOf(reply, ['failed', 'lost']) === 'lost') return { word: 'lost' }
  const words = replyOf(reply, WORDS)
  return {
    word: 'failed',
    how: words.how === 'dead' ? 'dead' : 'parked',
    errors: Number(words.errorCount),
    waitMs: Number(words.waitMs),
    left: words.left === '1',
    bot: readBotState(words),
  }
}

/** Time from the opening of the breaker to its first probe, in milliseconds. */
const BREAKER_FIRST_PROBE_MS = 1000
