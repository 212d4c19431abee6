/** Replaying dead letters, which puts them back into their mailboxes, and discarding them. */
import { randomUUID } from 'node:crypto'
import { ACTED_MS, shardOf, type Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'
import { listHeads, type DeadLetter, type DeadLetterHead } from './dead-letter-list.ts'
import { MAILBOX_LUA } from './lua.ts'

/** How much one script moves at most: the store serves no other call while it runs. */
const BATCH_LETTERS = 50
const BATCH_BYTES = 1_000_000

/**
 * Cuts letters into batches, one for each call. A batch has letters of one shard only, so that a call touches few
 * keys. The letters of a chat stay in order, within a batch and across batches.
 */
export function inBatches(letters: readonly DeadLetterHead[]): DeadLetterHead[][] {
  const batches: DeadLetterHead[][] = []
  const open = new Map<number, { batch: DeadLetterHead[]; bytes: number }>()
  for (const letter of letters) {
    const shard = shardOf(letter.chatKey)
    let last = open.get(shard)
    if (!last || last.batch.length === BATCH_LETTERS || last.bytes + letter.bytes > BATCH_BYTES) {
      last = { batch: [], bytes: 0 }
      open.set(shard, last)
      batches.push(last.batch)
    }
    last.batch.push(letter)
    last.bytes += letter.bytes
  }
  return batches
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at · 3 STRING acted · 4 HASH shard · 5 ZSET due · 6… LIST backlog, one a chat
 * ARGV  1 now ms or '' · 2 how long the call is remembered, ms
 *       3… (update id, chat key, which of KEYS is its backlog)…, all of one shard
 * Returns [replayed, how many]
 *         Each envelope goes to the tail of its mailbox, in the order given. The script counts the replay, lifts the
 *         rate verdict and starts the attempts anew. It skips letters that another call has moved.
 * Lifetime  acted expires; the rest lasts until it is settled
 * Again     the same answer, also where an update has become a dead letter again since
 */
const REPLAY = defineScript(
  'replay',
  `${MAILBOX_LUA}
local now, replayed, bytes = clock(ARGV[1]), 0, 0
local before = redis.call('GET', KEYS[3])
if before then return {'replayed', before} end
-- Fails before the first write where a key is of another type (an operator's edit).
redis.call('ZSCORE', KEYS[2], '-')
redis.call('ZSCORE', KEYS[5], '-')
local function sendBack(id, ck, list)
  local letter = redis.call('HGET', KEYS[1], id)
  if not letter then return end
  local mailbox = 'm:' .. ck
  local f = read(KEYS[4], mailbox, 'pending')
  local m = readMailbox(f[mailbox]) or rebuild(f[mailbox], KEYS[4], KEYS[list], ck, now)
  -- An unreadable envelope goes back as it is, and becomes a dead letter again with its text.
  local envelope = string.match(letter, '^[^\\n]*\\n[^\\n]*\\n(.*)$') or letter
  local v, _, user, _, language, replays = string.match(envelope, '^(%S+) (%S+ %d+) (%S+) (%S+) (%S+) (%d+)\\n')
  if v == '1' then
    envelope = '1 ' .. id .. ' ' .. ms(now) .. ' ' .. user .. ' ok ' .. language .. ' ' .. (tonumber(replays) + 1)
      .. string.sub(envelope, string.find(envelope, '\\n', 1, true), -1)
  end
  local set = {'pending', num(f.pending) + 1}
  if m.head == '-' then
    becomeHead(m, id, now)
    redis.call('ZADD', KEYS[5], ms(now), ck)
    set[3], set[4] = 'h:' .. ck, envelope
  else
    m.backlog = m.backlog + 1
    onBacklog(KEYS[4], KEYS[list], ck, 'RPUSH', envelope)
  end
  set[#set + 1] = mailbox
  set[#set + 1] = writeMailbox(m)
  redis.call('HSET', KEYS[4], unpack(set))
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  replayed = replayed + 1
  bytes = bytes + #letter
end
for i = 3, #ARGV, 3 do sendBack(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])) end
if replayed > 0 then
  redis.call('HSET', KEYS[1], '#bytes', num(redis.call('HGET', KEYS[1], '#bytes')) - bytes)
  redis.call('SET', KEYS[3], replayed, 'PX', ARGV[2])
end
return {'replayed', replayed}
`,
)

/**
 * Sends letters of one shard back to the tails of their mailboxes; the caller must drain these.
 * @returns how many were still there
 * @throws StoreError
 */
export async function replay(
  store: Store,
  ...letters: readonly Pick<DeadLetter, 'updateId' | 'chatKey'>[]
): Promise<number> {
  const { keys } = store
  const shard = shardOf(letters[0]?.chatKey ?? '')
  const chats = [...new Set(letters.map(({ chatKey }) => chatKey))]
  const common = [keys.dead, keys.deadAt, keys.acted(randomUUID()), keys.shard(shard), keys.due(shard)]
  const reply = await store.run(
    REPLAY,
    [...common, ...chats.map((chatKey) => keys.backlog(chatKey))],
    [
      store.now(),
      String(ACTED_MS),
      ...letters.flatMap(({ updateId, chatKey }) => {
        return [updateId, chatKey, String(common.length + 1 + chats.indexOf(chatKey))]
      }),
    ],
  )
  tagOf(reply, ['replayed'])
  return Number(reply[1])
}

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at · 3 STRING acted
 * ARGV  1 how long the call is remembered, ms · 2… update ids
 * Returns [discarded, how many]
 * Lifetime  acted expires
 * Again     the same answer
 */
const DISCARD = defineScript(
  'discard',
  `${COMMON_LUA}
local before = redis.call('GET', KEYS[3])
if before then return {'discarded', before} end
local ids, bytes = {}, 0
for i, letter in ipairs(redis.call('HMGET', KEYS[1], unpack(ARGV, 2))) do
  if letter then
    ids[#ids + 1] = ARGV[i + 1]
    bytes = bytes + #letter
  end
end
if #ids > 0 then
  redis.call('ZREM', KEYS[2], unpack(ids))
  redis.call('HDEL', KEYS[1], unpack(ids))
  redis.call('HSET', KEYS[1], '#bytes', num(redis.call('HGET', KEYS[1], '#bytes')) - bytes)
  redis.call('SET', KEYS[3], #ids, 'PX', ARGV[1])
end
return {'discarded', #ids}
`,
)

/** @returns how many were still there @throws StoreError */
export async function discard(store: Store, ...updateIds: readonly string[]): Promise<number> {
  const { keys } = store
  const reply = await store.run(
    DISCARD,
    [keys.dead, keys.deadAt, keys.acted(randomUUID())],
    [String(ACTED_MS), ...updateIds],
  )
  tagOf(reply, ['discarded'])
  return Number(reply[1])
}

/** Discards all dead letters of a user. @returns how many @throws StoreError */
export async function forgetDeadLetters(store: Store, userId: string): Promise<number> {
  const theirs = (await listHeads(store)).filter((head) => head.userId === userId)
  let forgotten = 0
  for (const batch of inBatches(theirs)) {
    forgotten += await discard(store, ...batch.map(({ updateId }) => updateId))
  }
  return forgotten
}
