/** The dead letters: list them, send one back to its mailbox, discard one. */
import { createHash } from 'node:crypto'
import { shardOf, type Store } from '../redis.ts'
import { readEnvelope } from './envelope.ts'
import { PRELUDE, tagOf } from './lua.ts'

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
    fingerprint: createHash('sha256').update(cause.replaceAll(/\d+/g, '#')).digest('hex').slice(0, 12),
    acceptedAtMs: envelope?.acceptedAtMs ?? null,
    userId: envelope?.userId ?? null,
    replays: envelope?.replays ?? 0,
    bytes: Buffer.byteLength(text),
    payload: envelope?.payload ?? body,
  }
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at · 3 HASH shard · 4 ZSET due · 5 LIST backlog
 * ARGV  1 now ms or '' · 2 chat key · 3 update id
 * Returns [replayed] | [gone]
 * The envelope goes to the mailbox's tail with its replay counted and its rate verdict lifted; the attempts
 * start anew. A second call finds nothing: gone.
 */
const REPLAY = `${PRELUDE}
local now, ck, id = clock(ARGV[1]), ARGV[2], ARGV[3]
local letter = redis.call('HGET', KEYS[1], id)
if not letter then return {'gone'} end
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
    [keys.dead, keys.deadAt, keys.shard(shard), keys.due(shard), keys.backlog(letter.chatKey)],
    [store.now(), letter.chatKey, letter.updateId],
  )
  return tagOf(reply, ['replayed', 'gone'])
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at
 * ARGV  1 update id
 * Returns [discarded] | [gone]
 */
const DISCARD = `
local letter = redis.call('HGET', KEYS[1], ARGV[1])
if not letter then return {'gone'} end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HINCRBY', KEYS[1], '#bytes', -#letter)
return {'discarded'}
`

/** @throws StoreError */
export async function discard(store: Store, updateId: string): Promise<'discarded' | 'gone'> {
  const reply = await store.run(DISCARD, [store.keys.dead, store.keys.deadAt], [updateId])
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
