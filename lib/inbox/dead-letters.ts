/** The dead letters: list them, send one back to its mailbox, discard one. */
import { createHash, randomUUID } from 'node:crypto'
import { shardOf, type Store } from '../redis.ts'
import { readEnvelope } from './envelope.ts'
import { PRELUDE, tagOf } from './lua.ts'

/** How long a call that moved a letter is remembered, in ms: when its answer is lost, it comes again within seconds. */
const ACTED_MS = 60_000

export interface DeadLetter {
  updateId: string
  chatKey: string
  /** Milliseconds since 1970. */
  diedAtMs: number
  attempts: number
  /** JSON text written by the worker that gave up: name, code, message. */
  cause: string
  /** Equal for letters with the same error name, code and message apart from numbers. */
  fingerprint: string
  acceptedAtMs: number | null
  userId: string | null
  replays: number
  bytes: number
  /** The update's text. */
  payload: string
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at
 * ARGV  1 offset · 2 count
 * Returns [listed, total, dropped, bytes, (id, letter)…], newest first
 */
const LIST = `
local ids = redis.call('ZREVRANGE', KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2]) - 1)
local counts = redis.call('HMGET', KEYS[1], '#dropped', '#bytes')
local reply = {'listed', redis.call('ZCARD', KEYS[2]), counts[1] or '0', counts[2] or '0'}
for _, id in ipairs(ids) do
  reply[#reply + 1] = id
  reply[#reply + 1] = redis.call('HGET', KEYS[1], id) or ''
end
return reply
`

/** @throws StoreError */
export async function listDeadLetters(
  store: Store,
  page: { offset: number; count: number },
): Promise<{ total: number; dropped: number; bytes: number; letters: DeadLetter[] }> {
  const reply = await store.run(
    LIST,
    [store.keys.dead, store.keys.deadAt],
    [String(page.offset), String(page.count)],
  )
  tagOf(reply, ['listed'])
  const letters: DeadLetter[] = []
  for (let i = 4; i + 1 < reply.length; i += 2) letters.push(readLetter(reply[i] ?? '', reply[i + 1] ?? ''))
  return { total: Number(reply[1]), dropped: Number(reply[2]), bytes: Number(reply[3]), letters }
}

function fingerprintOf(cause: string): string {
  return createHash('sha256').update(cause.replaceAll(/\d+/g, '#')).digest('hex').slice(0, 12)
}

/** Dead letters of one cause. */
export interface DeadLetterGroup {
  fingerprint: string
  count: number
  /** The newest one's, as JSON text. */
  cause: string
  newestAtMs: number
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at
 * Returns [grouped, (count, when the newest died, its cause)…], newest first
 * The payloads stay in the store: all of them together can be many megabytes.
 */
const GROUP = `
local ids = redis.call('ZREVRANGE', KEYS[2], 0, -1)
local groups, order = {}, {}
-- A thousand at a time: Lua's stack has an end.
for first = 1, #ids, 1000 do
  local letters = redis.call('HMGET', KEYS[1], unpack(ids, first, math.min(first + 999, #ids)))
  for _, letter in ipairs(letters) do
    local at, cause = string.match(letter or '', '^(%d+) %S+ %d+\\n([^\\n]*)\\n')
    if at then
      local kind = string.gsub(cause, '%d+', '#')
      if groups[kind] then groups[kind][1] = groups[kind][1] + 1
      else
        groups[kind] = {1, at, cause}
        order[#order + 1] = kind
      end
    end
  end
end
local reply = {'grouped'}
for _, kind in ipairs(order) do
  for i = 1, 3 do reply[#reply + 1] = groups[kind][i] end
end
return reply
`

/** All dead letters by their cause, the group of the newest letter first. @throws StoreError */
export async function groupDeadLetters(store: Store): Promise<DeadLetterGroup[]> {
  const reply = await store.run(GROUP, [store.keys.dead, store.keys.deadAt], [])
  tagOf(reply, ['grouped'])
  const groups: DeadLetterGroup[] = []
  for (let i = 1; i + 2 < reply.length; i += 3) {
    const [count, newestAt, cause = '{}'] = reply.slice(i, i + 3)
    groups.push({
      fingerprint: fingerprintOf(cause),
      count: Number(count),
      cause,
      newestAtMs: Number(newestAt),
    })
  }
  return groups
}

function readLetter(updateId: string, text: string): DeadLetter {
  const [, diedAt = '0', chatKey = '', attempts = '0', cause = '{}'] =
    /^(\d+) (\S+) (\d+)\n([^\n]*)\n/.exec(text) ?? []
  const body = text.slice(text.indexOf('\n', text.indexOf('\n') + 1) + 1)
  const envelope = readEnvelope(body)
  return {
    updateId,
    chatKey,
    diedAtMs: Number(diedAt),
    attempts: Number(attempts),
    cause,
    fingerprint: fingerprintOf(cause),
    acceptedAtMs: envelope?.acceptedAtMs ?? null,
    userId: envelope?.userId ?? null,
    replays: envelope?.replays ?? 0,
    bytes: Buffer.byteLength(text),
    payload: envelope?.payload ?? body,
  }
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at · 3 HASH shard · 4 ZSET due · 5 LIST backlog · 6 STRING acted
 * ARGV  1 now ms or '' · 2 chat key · 3 update id · 4 how long the call is remembered, ms
 * Returns [replayed] | [gone]
 * Life  acted expires; the rest lasts until settled.
 * The envelope goes to the mailbox's tail with its replay counted and its rate verdict lifted; the attempts
 * start anew. Another call finds nothing: gone. The same call again, its answer lost: replayed, also where the
 * update has died anew since.
 */
const REPLAY = `${PRELUDE}
local now, ck, id = clock(ARGV[1]), ARGV[2], ARGV[3]
if redis.call('EXISTS', KEYS[6]) == 1 then return {'replayed'} end
local letter = redis.call('HGET', KEYS[1], id)
if not letter then return {'gone'} end
-- A list of another type (an operator's edit) shows before anything is written.
redis.call('ZSCORE', KEYS[2], id)
local f = redis.call('HMGET', KEYS[3], 'm:' .. ck, 'pending')
local m = readMailbox(f[1]) or rebuild(f[1], KEYS[3], KEYS[5], ck, now)
local envelope = string.match(letter, '^[^\\n]*\\n[^\\n]*\\n(.*)$') or ''
local v, _, user, _, language, replays = string.match(envelope, '^(%S+) (%S+ %d+) (%S+) (%S+) (%S+) (%d+)\\n')
if v == '1' then
  envelope = '1 ' .. id .. ' ' .. ms(now) .. ' ' .. user .. ' ok ' .. language .. ' ' .. (tonumber(replays) + 1)
    .. string.sub(envelope, string.find(envelope, '\\n', 1, true), -1)
end
local set = {'pending', num(f[2]) + 1}
if m.head == '-' then
  becomeHead(m, id, now)
  redis.call('ZADD', KEYS[4], ms(now), ck)
  set[3], set[4] = 'h:' .. ck, envelope
else
  m.backlog = m.backlog + 1
  onBacklog(KEYS[3], KEYS[5], ck, 'RPUSH', envelope)
end
set[#set + 1] = 'm:' .. ck
set[#set + 1] = writeMailbox(m)
redis.call('HSET', KEYS[3], unpack(set))
redis.call('HDEL', KEYS[1], id)
redis.call('ZREM', KEYS[2], id)
redis.call('HINCRBY', KEYS[1], '#bytes', -#letter)
redis.call('SET', KEYS[6], id, 'PX', ARGV[4])
return {'replayed'}
`

/**
 * Sends a dead letter back to the tail of its mailbox; the caller sees to it that the mailbox is drained.
 * @throws StoreError
 */
export async function replay(
  store: Store,
  letter: Pick<DeadLetter, 'updateId' | 'chatKey'>,
): Promise<'replayed' | 'gone'> {
  const { keys } = store
  const shard = shardOf(letter.chatKey)
  const reply = await store.run(
    REPLAY,
    [
      keys.dead,
      keys.deadAt,
      keys.shard(shard),
      keys.due(shard),
      keys.backlog(letter.chatKey),
      keys.acted(randomUUID()),
    ],
    [store.now(), letter.chatKey, letter.updateId, String(ACTED_MS)],
  )
  return tagOf(reply, ['replayed', 'gone'])
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at · 3 STRING acted
 * ARGV  1 update id · 2 how long the call is remembered, ms
 * Returns [discarded] | [gone]
 * Life  acted expires.
 * The same call again, its answer lost: discarded.
 */
const DISCARD = `
if redis.call('EXISTS', KEYS[3]) == 1 then return {'discarded'} end
local letter = redis.call('HGET', KEYS[1], ARGV[1])
if not letter then return {'gone'} end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HINCRBY', KEYS[1], '#bytes', -#letter)
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
return {'discarded'}
`

/** @throws StoreError */
export async function discard(store: Store, updateId: string): Promise<'discarded' | 'gone'> {
  const { keys } = store
  const reply = await store.run(
    DISCARD,
    [keys.dead, keys.deadAt, keys.acted(randomUUID())],
    [updateId, String(ACTED_MS)],
  )
  return tagOf(reply, ['discarded', 'gone'])
}

/** Discards all dead letters of a user. @returns how many @throws StoreError */
export async function forgetDeadLetters(store: Store, userId: string): Promise<number> {
  let forgotten = 0
  const page = 100
  for (let offset = 0; ;) {
    const { letters } = await listDeadLetters(store, { offset, count: page })
    const theirs = letters.filter((letter) => letter.userId === userId)
    for (const letter of theirs) if ((await discard(store, letter.updateId)) === 'discarded') forgotten++
    if (letters.length < page) return forgotten
    offset += page - theirs.length
  }
}
