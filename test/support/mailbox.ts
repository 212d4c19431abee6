/** Stored mailboxes, read and set without the server. */
import { RespError } from '../../lib/dev/store/resp.ts'
import type { World } from './world.ts'

const SHARDS = 8
const shards = Array.from({ length: SHARDS }, (_, index) => index)
const shardKeys = (prefix: string) => shards.map((shard) => `${prefix}:shard:${shard}`)
const dueKeys = (prefix: string) => shards.map((shard) => `${prefix}:due:${shard}`)

/** A mailbox that is in the index. @throws where there is none of this chat */
export async function readMailbox({ store }: World, chatKey: string) {
  for (let shard = 0; shard < SHARDS; shard++) {
    const key = `${store.prefix}:shard:${shard}`
    const record = (await store.raw.command('HGET', key, `m:${chatKey}`)) as Buffer | null
    const due = (await store.raw.command('ZSCORE', `${store.prefix}:due:${shard}`, chatKey)) as Buffer | null
    if (record && due) return { shard, record: record.toString(), dueMs: Number(due.toString()) }
  }
  throw new Error(`no mailbox of ${chatKey}`)
}

/** Until when the mailbox waits, ms since 1970; 0 while it is leased. */
export async function parkedUntilMs(world: World, chat: number): Promise<number> {
  const { record } = await readMailbox(world, String(chat))
  const [, owner, , , wait] = record.split(' ')
  return owner === '-' ? Number(wait) : 0
}

/** Ends a mailbox's wait, in its record and in the index. */
export async function timeComes(world: World, chat: number): Promise<void> {
  const { shard, record, dueMs } = await readMailbox(world, String(chat))
  const { prefix, raw } = world.store
  await raw.command('HSET', `${prefix}:shard:${shard}`, `m:${chat}`, record.replace(String(dueMs), '1'))
  await raw.command('ZADD', `${prefix}:due:${shard}`, '1', String(chat))
}

/** KEYS 1…8 HASH shards, 9…16 ZSET due, 17 the claim of a re-initialisation. Returns how many mailboxes wait. */
const TIME_PASSES = `
local count = 0
for i = 1, 8 do
  for _, ck in ipairs(redis.call('ZRANGEBYSCORE', KEYS[8 + i], '(0', '+inf')) do
    local record = redis.call('HGET', KEYS[i], 'm:' .. ck)
    if record then
      local passed, found = string.gsub(record, '^(%d+ %S+) %d+ (%d+) %d+', '%1 1 %2 1')
      if found ~= 1 then return redis.error_reply('not the record of a mailbox: ' .. record) end
      redis.call('HSET', KEYS[i], 'm:' .. ck, passed)
    end
    redis.call('ZADD', KEYS[8 + i], 1, ck)
    count = count + 1
  end
  redis.call('HDEL', KEYS[i], 'swept_at')
end
redis.call('DEL', KEYS[17])
return count
`

/**
 * Ends every lease, claim and wait, and moves the last sweep into the past, so that a test need not
 * wait. Only while no server is running.
 */
export async function letTimePass({ store }: World): Promise<number> {
  const keys = [...shardKeys(store.prefix), ...dueKeys(store.prefix), `${store.prefix}:heal`]
  const reply = await store.raw.command('EVAL', TIME_PASSES, String(keys.length), ...keys)
  if (reply instanceof RespError) throw new Error(reply.message)
  return Number(reply)
}

/** KEYS 1…8 HASH shards, 9…16 ZSET due, 17 ZSET dead:at. ARGV 1 the backlogs' prefix. Returns the books as words. */
const BOOKS = `
local accepted, settled, pending, held, faults = 0, 0, 0, 0, {}
for i = 1, 8 do
  local all = redis.call('HGETALL', KEYS[i])
  local fields = {}
  for j = 1, #all, 2 do fields[all[j]] = all[j + 1] end
  accepted = accepted + tonumber(fields.accepted or '0')
  settled = settled + tonumber(fields.settled or '0')
  pending = pending + tonumber(fields.pending or '0')
  for name, record in pairs(fields) do
    local ck = string.match(name, '^m:(.*)$')
    if ck then
      local attempt, backlog, head = string.match(record, '^%d+ %S+ %d+ (%d+) %d+ (%d+) %d+ (%S+) ')
      local waiting = redis.call('LLEN', ARGV[1] .. ck)
      if not head then faults[#faults + 1] = 'unreadable record of ' .. ck
      elseif waiting ~= tonumber(backlog) then faults[#faults + 1] = 'backlog of ' .. ck .. ' miscounted' end
      local due = tonumber(redis.call('ZSCORE', KEYS[8 + i], ck) or '0')
      if head and head ~= '-' then
        held = held + 1 + waiting
        if due <= 0 then faults[#faults + 1] = 'no sweep would find ' .. ck end
        if (fields['h:' .. ck] or '') == '' then faults[#faults + 1] = 'no envelope at the head of ' .. ck end
        if tonumber(attempt) > 10 then faults[#faults + 1] = ck .. ' was tried too often' end
      elseif due >= 0 then faults[#faults + 1] = 'the empty ' .. ck .. ' is not idle' end
    end
  end
end
if held ~= pending then faults[#faults + 1] = 'pending says ' .. pending .. ', held are ' .. held end
return {accepted, settled, pending, redis.call('ZCARD', KEYS[17]), table.concat(faults, '; ')}
`

export interface Books {
  accepted: number
  settled: number
  pending: number
  dead: number
  /** Faults in the stored mailboxes; empty for none. */
  faults: string
}

/** Audits the store: the counters, and each mailbox against its record, its backlog and the index. */
export async function readBooks({ store }: World): Promise<Books> {
  const { prefix, raw } = store
  const keys = [...shardKeys(prefix), ...dueKeys(prefix), `${prefix}:dead:at`]
  const reply = await raw.command('EVAL', BOOKS, String(keys.length), ...keys, `${prefix}:backlog:`)
  if (reply instanceof RespError) throw new Error(reply.message)
  const [accepted, settled, pending, dead, faults] = (reply as (Buffer | number)[]).map(String)
  return {
    accepted: Number(accepted),
    settled: Number(settled),
    pending: Number(pending),
    dead: Number(dead),
    faults: faults ?? '',
  }
}
