/** What the inbox's scripts share: the record of a mailbox (its form is in README.md) and the bot's state. */
import { COMMON_LUA } from '../script.ts'
import type { BotState } from './types.ts'

/** How long the record of an empty mailbox is kept, in milliseconds: a repeated call arrives within this time. */
export const IDLE_MS = 300_000

/** Fields of a shard that accept, take, settle and fail hand back as the last words of their replies. */
export const BOT_FIELDS = ['info', 'epoch', 'status', 'breaker', 'breaker_until', 'errors'] as const

/** The fields' names as arguments of `read` in Lua. */
export const BOT_FIELDS_LUA = BOT_FIELDS.map((field) => `'${field}'`).join(', ')

const BOT_WORDS_LUA = BOT_FIELDS.map((field) => `f.${field} or ''`).join(', ')

export const MAILBOX_LUA = `${COMMON_LUA}
-- The words of BOT_FIELDS, '' for a field that is not there.
local function botWords(f) return ${BOT_WORDS_LUA} end

-- The record's fields by name: an empty mailbox where there is no record, nil where the record is unreadable.
local function readMailbox(text)
  if not text then
    return {fence = 0, owner = '-', ['until'] = 0, attempt = 0, wait = 0, backlog = 0, since = 0, head = '-', done = '-'}
  end
  local f, o, u, a, w, b, s, h, d =
    string.match(text, '^(%d+) (%S+) (%d+) (%d+) (%d+) (%d+) (%d+) (%S+) (%S+)$')
  if not f then return nil end
  return {fence = tonumber(f), owner = o, ['until'] = tonumber(u), attempt = tonumber(a), wait = tonumber(w),
    backlog = tonumber(b), since = tonumber(s), head = h, done = d}
end

local function writeMailbox(m)
  return string.format('%.0f %s %.0f %d %.0f %d %.0f %s %s',
    m.fence, m.owner, m['until'], m.attempt, m.wait, m.backlog, m.since, m.head, m.done)
end

-- Gives the lease to owner and counts the attempt. A repeated call of the same owner keeps fence and attempt.
local function lease(m, owner, now, leaseMs)
  if m.owner ~= owner then
    m.fence = math.max(m.fence + 1, now)
    m.owner = owner
    m.attempt = m.attempt + 1
    m.wait = 0
  end
  m['until'] = now + leaseMs
end

-- A lease that ends later than a lease given now can end comes from a clock that has jumped back.
local function isFree(m, now, leaseMs)
  return m.owner == '-' or m['until'] <= now or m['until'] > now + leaseMs * 4
end

-- A wait that began later than now was cut short by a clock that has jumped back.
local function isWaiting(m, now) return m.wait > now and m['until'] <= now end

-- A throttle that ends later than the longest possible one comes from a clock that has jumped back.
local function isOpen(breaker, breakerUntil, now)
  if breaker == 'throttled' then return num(breakerUntil) > now and num(breakerUntil) <= now + 60000 end
  return breaker and breaker ~= ''
end

-- An id for an envelope with an unreadable header, made of its text: two of them must not share one dead letter.
local function unknownId(text) return 'unknown-' .. redis.sha1hex(text) end

-- Runs a LIST command on the backlog. Where the key holds another type (an operator's edit), the script moves the
-- value to a field of the shard, so that the mailbox can be processed again.
local function onBacklog(shardKey, listKey, ck, ...)
  local command, args = (...), {select(2, ...)}
  local reply = redis.pcall(command, listKey, unpack(args))
  if type(reply) ~= 'table' or not reply.err then return reply end
  local dump = redis.pcall('DUMP', listKey)
  redis.call('HSET', shardKey, 'corrupt-backlog:' .. ck, type(dump) == 'string' and dump or 'unreadable')
  redis.call('DEL', listKey)
  return redis.call(command, listKey, unpack(args))
end

-- Makes the first envelope of the backlog the head and returns it; nil where the backlog is empty.
local function advance(m, shardKey, listKey, ck)
  local text = m.backlog > 0 and onBacklog(shardKey, listKey, ck, 'LPOP')
  m.attempt = 0
  if not text then
    m.backlog = 0
    m.head = '-'
    m.since = 0
    return nil
  end
  local id, at = string.match(text, '^%S+ (%S+) (%d+) ')
  m.backlog = m.backlog - 1
  m.head = id or unknownId(text)
  m.since = tonumber(at) or 1
  return text
end

local function becomeHead(m, id, now)
  m.head = id
  m.since = now
end

-- Rebuilds an unreadable record (an operator's edit) from the head and the backlog, which are still there, and
-- keeps the unreadable text in a field of the shard.
local function rebuild(record, shardKey, listKey, ck, now)
  local m = readMailbox(false)
  m.fence = now
  local count = redis.pcall('LLEN', listKey)
  m.backlog = type(count) == 'number' and count or 0
  local head = redis.call('HGET', shardKey, 'h:' .. ck) or ''
  if head == '' then
    head = advance(m, shardKey, listKey, ck) or ''
  else
    local id, at = string.match(head, '^%S+ (%S+) (%d+) ')
    m.head, m.since = id or unknownId(head), tonumber(at) or now
  end
  redis.call('HSET', shardKey, 'corrupt:' .. ck, record, 'h:' .. ck, head, 'm:' .. ck, writeMailbox(m))
  return m
end
`

/** Reads the words of BOT_FIELDS; '' is a field that is not there. */
export function readBotState(words: Readonly<Record<(typeof BOT_FIELDS)[number], string>>): BotState {
  return {
    info: words.info === '' ? null : words.info,
    epoch: Number(words.epoch || 0),
    status: words.status || 'UNKNOWN',
    breaker: words.breaker,
    breakerUntilMs: Number(words.breaker_until || 0),
    errors: Number(words.errors || 0),
  }
}
