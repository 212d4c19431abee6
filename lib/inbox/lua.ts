/**
 * What the inbox's scripts share. A mailbox lives in two fields of its shard's HASH, so that one HMGET reads
 * it together with the counters and the bot's state, and one HSET writes them all (the store bills commands):
 *
 *   `m:<chat key>`  "<fence> <owner> <until> <attempt> <wait> <backlog> <since> <head> <done>"
 *     fence    grows with each new lease, also of an owner that had one before; never below the store's clock
 *              in ms, so it also grows after the record of an idle mailbox was purged
 *     owner    who holds the lease, or -
 *     until    when the lease expires; where the head waits for its next try, since when it does; ms
 *     attempt  how often the present head was taken
 *     wait     the head is not taken before this time, ms; 0 once it was
 *     backlog  how many envelopes wait in the LIST behind the head
 *     since    when the present head was accepted, ms; 0 in an empty mailbox
 *     head     update id of the head, or -
 *     done     "settled|parked|dead/<head>/<owner>/<fence>": the last call that ended a take, so that the same
 *              call again is known, and no other taken for it
 *   `h:<chat key>`  the head's envelope
 *
 * Rejected: one HASH a mailbox (18 commands an update instead of 13), and inferring "already settled" from
 * the absence of the head (a worker that lost its lease would be told that it succeeded).
 *
 * The index `due` holds every mailbox once: score > 0 is when it needs a worker (its lease expires, its retry
 * time comes); score < 0 is minus the time since when it is empty, and a later sweep purges it.
 */
import { StoreError } from '../errors.ts'
import { CLOCK } from '../redis.ts'
import type { BotState } from './types.ts'

/** How long an empty mailbox is remembered, in milliseconds: longer than any repeated call comes late. */
export const IDLE_MS = 300_000

export const PRELUDE = `${CLOCK}
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

-- Takes the lease for owner and counts the attempt. The same owner asking again keeps fence and attempt.
local function lease(m, owner, now, leaseMs)
  if m.owner ~= owner then
    m.fence = math.max(m.fence + 1, now)
    m.owner = owner
    m.attempt = m.attempt + 1
    m.wait = 0
  end
  m['until'] = now + leaseMs
end

-- A lease that ends later than any that could be given now comes from a clock that has jumped back.
local function isFree(m, now, leaseMs)
  return m.owner == '-' or m['until'] <= now or m['until'] > now + leaseMs * 4
end

-- A wait that began later than now was cut short by a clock that has jumped back.
local function isWaiting(m, now) return m.wait > now and m['until'] <= now end

-- A throttle that ends later than any could comes from a clock that has jumped back.
local function isOpen(breaker, breakerUntil, now)
  if breaker == 'throttled' then return num(breakerUntil) > now and num(breakerUntil) <= now + 60000 end
  return breaker and breaker ~= ''
end

-- An envelope whose header nobody can read gets an id of its own, or two would share one dead letter.
local function unknownId(text) return 'unknown-' .. redis.sha1hex(text) end

-- A LIST command on the backlog. Where the key holds another type (an operator's edit), what is there is put
-- aside in the shard and the mailbox goes on, instead of failing for ever.
local function onBacklog(shardKey, listKey, ck, ...)
  local command, args = (...), {select(2, ...)}
  local reply = redis.pcall(command, listKey, unpack(args))
  if type(reply) ~= 'table' or not reply.err then return reply end
  local dump = redis.pcall('DUMP', listKey)
  redis.call('HSET', shardKey, 'corrupt-backlog:' .. ck, type(dump) == 'string' and dump or 'unreadable')
  redis.call('DEL', listKey)
  return redis.call(command, listKey, unpack(args))
end

-- Makes the next of the backlog the head; returns its envelope, or nil where the mailbox is empty.
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

-- The mailbox of a record that nobody can read (an operator's edit): its head and its backlog are still there.
-- The record is put aside.
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

/** The fields of a shard that every script hands back, in this order; see `readBotState`. */
export const BOT_FIELDS = `'info', 'epoch', 'status', 'breaker', 'breaker_until', 'errors'`

/** Reads the six words of BOT_FIELDS, in which Lua puts '' for a field that is not there. */
export function readBotState(words: readonly string[]): BotState {
  const [info = '', epoch, status, breaker = '', breakerUntil, errors] = words
  return {
    info: info === '' ? null : info,
    epoch: Number(epoch || 0),
    status: status || 'UNKNOWN',
    breaker,
    breakerUntilMs: Number(breakerUntil || 0),
    errors: Number(errors || 0),
  }
}

/** Picks the union's tag out of a reply. @throws StoreError for a word that the script cannot say */
export function tagOf<const Tag extends string>(reply: readonly string[], tags: readonly Tag[]): Tag {
  const tag = tags.find((candidate) => candidate === reply[0])
  if (tag === undefined) throw new StoreError('unexpected_reply')
  return tag
}
