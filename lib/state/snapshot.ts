/** Everything that health, the status page and the panel show, in one round trip. */
import { StoreError } from '../errors.ts'
import { CLOCK, SHARDS, type Store } from '../redis.ts'
import { breakerAt } from './bot-state.ts'

/** How many mailboxes a shard are looked at from each end of its index, to find the oldest pending update. */
const SAMPLE = 100

/**
 * KEYS  1…8 HASH every shard · 9…16 ZSET every due · 17 ZSET dead:at · 18 HASH dead · 19 HASH telegram · 20 HASH alerts
 * ARGV  1 now ms or '' · 2 sample
 * Returns [snapshot, now, pending, accepted, settled, accepted_at, settled_at, swept_at, mailboxes, in flight,
 *          oldest since, first due, dead, dropped, 8 bot fields, malformed, 9 telegram fields, refused, unhealthy since]
 *         Times are ms, '0' for never. The oldest is exact up to 200 mailboxes a shard; beyond that it is the
 *         oldest of the longest overdue and of the longest parked, which is where old updates are.
 */
const SCRIPT = `${CLOCK}
local now = clock(ARGV[1])
local n, sample = ${SHARDS}, tonumber(ARGV[2])
local sum, last = {0, 0, 0}, {0, 0, 0}
local boxes, flight, oldest, first = 0, 0, 0, 0
for i = 1, n do
  local f = redis.call('HMGET', KEYS[i], 'pending', 'accepted', 'settled', 'accepted_at', 'settled_at', 'swept_at')
  for j = 1, 3 do
    sum[j] = sum[j] + num(f[j])
    last[j] = math.max(last[j], num(f[j + 3]))
  end
  local count = redis.call('ZCOUNT', KEYS[n + i], '(0', '+inf')
  boxes = boxes + count
  if count > 0 then
    local low = redis.call('ZRANGEBYSCORE', KEYS[n + i], '(0', '+inf', 'LIMIT', 0, sample)
    local due = tonumber(redis.call('ZSCORE', KEYS[n + i], low[1]))
    if first == 0 or due < first then first = due end
    if count > sample then
      for _, ck in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[n + i], '+inf', '(0', 'LIMIT', 0, sample)) do
        low[#low + 1] = ck
      end
    end
    local fields = {}
    for j, ck in ipairs(low) do fields[j] = 'm:' .. ck end
    for _, record in ipairs(redis.call('HMGET', KEYS[i], unpack(fields))) do
      local owner, since = string.match(record or '', '^%d+ (%S+) %d+ %d+ %d+ %d+ (%d+) ')
      since = tonumber(since or '0')
      if owner and owner ~= '-' then flight = flight + 1 end
      if since > 0 and (oldest == 0 or since < oldest) then oldest = since end
    end
  end
end
local b = redis.call('HMGET', KEYS[1], 'status', 'errors', 'epoch', 'breaker', 'breaker_until', 'breaker_tries',
  'reinitialized_at', 'info', 'malformed')
local t = redis.call('HMGET', KEYS[19], 'checked_at', 'ok', 'url', 'matches', 'pending', 'last_error',
  'last_error_at', 'error', 'repaired_at', 'refused')
local reply = {'snapshot', ms(now), sum[1], ms(sum[2]), ms(sum[3]), ms(last[1]), ms(last[2]), ms(last[3]),
  boxes, flight, ms(oldest), ms(first), redis.call('ZCARD', KEYS[17]),
  redis.call('HGET', KEYS[18], '#dropped') or '0'}
for i = 1, 9 do reply[#reply + 1] = b[i] or '' end
for i = 1, 10 do reply[#reply + 1] = t[i] or '' end
reply[#reply + 1] = redis.call('HGET', KEYS[20], 'unhealthy_since') or ''
return reply
`

/** What has come and gone, of a shard or of all. Times in milliseconds since 1970 by the store's clock; null for never. */
export interface Flow {
  pending: number
  accepted: number
  settled: number
  lastAcceptedAtMs: number | null
  lastSettledAtMs: number | null
  lastSweepAtMs: number | null
}

/** All times in milliseconds since 1970 by the store's clock; null for never. */
export interface Snapshot extends Flow {
  nowMs: number
  mailboxes: number
  inFlight: number
  /** When the oldest pending update was accepted. */
  oldestAtMs: number | null
  /** When the first mailbox needed, or will need, a worker. */
  firstDueAtMs: number | null
  deadLetters: number
  deadLettersDropped: number
  botStatus: string
  errors: number
  epoch: number
  breaker: string
  breakerUntilMs: number
  breakerTries: number
  reinitializedAtMs: number | null
  info: string | null
  malformed: number
  refused: number
  /** Since when health checks have found the bot unhealthy. */
  unhealthySinceMs: number | null
  telegram: TelegramView
}

/** Telegram's own view of the webhook, as it was last read. */
export interface TelegramView {
  checkedAtMs: number | null
  ok: boolean
  url: string
  /** Null where this deployment does not know its own URL, or must not own the webhook. */
  matches: boolean | null
  pendingUpdateCount: number
  lastError: string | null
  lastErrorAtMs: number | null
  /** Why the last look failed. */
  error: string | null
  repairedAtMs: number | null
}

/** @throws StoreError */
export async function readSnapshot(store: Store): Promise<Snapshot> {
  const { keys } = store
  const reply = await store.run(
    SCRIPT,
    [...keys.allShards, ...keys.allDue, keys.deadAt, keys.dead, keys.telegram, keys.alerts],
    [store.now(), String(SAMPLE)],
    { timeoutMs: 2000, totalMs: 4000 },
  )
  if (reply[0] !== 'snapshot' || reply.length !== 34) throw new StoreError('unexpected_reply')
  const word = (index: number) => reply[index] ?? ''
  const number = (index: number) => Number(word(index)) || 0
  const time = (index: number) => number(index) || null
  return {
    nowMs: number(1),
    pending: number(2),
    accepted: number(3),
    settled: number(4),
    lastAcceptedAtMs: time(5),
    lastSettledAtMs: time(6),
    lastSweepAtMs: time(7),
    mailboxes: number(8),
    inFlight: number(9),
    oldestAtMs: time(10),
    firstDueAtMs: time(11),
    deadLetters: number(12),
    deadLettersDropped: number(13),
    botStatus: word(14) || 'UNKNOWN',
    errors: number(15),
    epoch: number(16),
    breaker: breakerAt(word(17), number(18), number(1)),
    breakerUntilMs: number(18),
    breakerTries: number(19),
    reinitializedAtMs: time(20),
    info: word(21) || null,
    malformed: number(22),
    refused: number(32),
    unhealthySinceMs: time(33),
    telegram: {
      checkedAtMs: time(23),
      ok: word(24) === '1',
      url: word(25),
      matches: word(26) === '' ? null : word(26) === '1',
      pendingUpdateCount: number(27),
      lastError: word(28) || null,
      lastErrorAtMs: time(29),
      error: word(30) || null,
      repairedAtMs: time(31),
    },
  }
}
