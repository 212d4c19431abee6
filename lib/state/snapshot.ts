/** Everything that health, the status page and the panel show, in one round trip. */
import { SHARDS, type Store } from '../redis.ts'
import { COMMON_LUA, defineScript, replyOf, tagOf } from '../script.ts'
import { breakerAt } from './bot-state.ts'

/** How many mailboxes the script reads from each end of a shard's index, to find the oldest pending update. */
const SAMPLE = 100

/**
 * KEYS  1…8 HASH every shard · 9…16 ZSET every due · 17 ZSET dead:at · 18 HASH dead · 19 HASH telegram · 20 HASH alerts
 * ARGV  1 now ms or '' · 2 sample
 * Returns the words of WORDS
 *         Times are ms, '0' for never. The oldest is exact up to 200 mailboxes a shard; beyond that it is the
 *         oldest of the longest overdue and of the longest parked, which hold the oldest updates.
 */
const READ_SNAPSHOT = defineScript(
  'read-snapshot',
  `${COMMON_LUA}
local now = clock(ARGV[1])
local n, sample = ${SHARDS}, tonumber(ARGV[2])
local pending, accepted, settled = 0, 0, 0
local acceptedAt, settledAt, sweptAt = 0, 0, 0
local boxes, flight, oldest, first = 0, 0, 0, 0
for i = 1, n do
  local f = read(KEYS[i], 'pending', 'accepted', 'settled', 'accepted_at', 'settled_at', 'swept_at')
  pending = pending + num(f.pending)
  accepted = accepted + num(f.accepted)
  settled = settled + num(f.settled)
  acceptedAt = math.max(acceptedAt, num(f.accepted_at))
  settledAt = math.max(settledAt, num(f.settled_at))
  sweptAt = math.max(sweptAt, num(f.swept_at))
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
local bot = read(KEYS[1], 'status', 'errors', 'epoch', 'breaker', 'breaker_until', 'breaker_tries',
  'reinitialized_at', 'info', 'malformed')
local view = read(KEYS[19], 'checked_at', 'ok', 'url', 'matches', 'pending', 'last_error',
  'last_error_at', 'error', 'repaired_at', 'refused')
return {'snapshot', ms(now), pending, ms(accepted), ms(settled), ms(acceptedAt), ms(settledAt), ms(sweptAt),
  boxes, flight, ms(oldest), ms(first),
  redis.call('ZCARD', KEYS[17]), redis.call('HGET', KEYS[18], '#dropped') or '0',
  bot.status or '', bot.errors or '', bot.epoch or '', bot.breaker or '', bot.breaker_until or '',
  bot.breaker_tries or '', bot.reinitialized_at or '', bot.info or '', bot.malformed or '',
  view.checked_at or '', view.ok or '', view.url or '', view.matches or '', view.pending or '',
  view.last_error or '', view.last_error_at or '', view.error or '', view.repaired_at or '', view.refused or '',
  redis.call('HGET', KEYS[20], 'unhealthy_since') or ''}
`,
)

/** The words of the reply in order: flow, mailboxes, dead letters, the bot, Telegram's view, alerts. */
const WORDS = [
  'word',
  'now',
  'pending',
  'accepted',
  'settled',
  'acceptedAt',
  'settledAt',
  'sweptAt',
  'mailboxes',
  'inFlight',
  'oldest',
  'firstDue',
  'dead',
  'dropped',
  'status',
  'errors',
  'epoch',
  'breaker',
  'breakerUntil',
  'breakerTries',
  'reinitializedAt',
  'info',
  'malformed',
  'checkedAt',
  'ok',
  'url',
  'matches',
  'pendingAtTelegram',
  'lastError',
  'lastErrorAt',
  'error',
  'repairedAt',
  'refused',
  'unhealthySince',
] as const

/** What was accepted and settled, in a shard or in all. Times in milliseconds since 1970 by the store's clock; null for never. */
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
  /** The earliest time in the index: when a mailbox needed, or will need, a worker. */
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

/** Telegram's own view of the webhook, as last read. */
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
    READ_SNAPSHOT,
    [...keys.allShards, ...keys.allDue, keys.deadAt, keys.dead, keys.telegram, keys.alerts],
    [store.now(), String(SAMPLE)],
    { timeoutMs: 2000 },
  )
  tagOf(reply, ['snapshot'])
  const words = replyOf(reply, WORDS)
  const number = (name: (typeof WORDS)[number]) => Number(words[name]) || 0
  const time = (name: (typeof WORDS)[number]) => number(name) || null
  return {
    nowMs: number('now'),
    pending: number('pending'),
    accepted: number('accepted'),
    settled: number('settled'),
    lastAcceptedAtMs: time('acceptedAt'),
    lastSettledAtMs: time('settledAt'),
    lastSweepAtMs: time('sweptAt'),
    mailboxes: number('mailboxes'),
    inFlight: number('inFlight'),
    oldestAtMs: time('oldest'),
    firstDueAtMs: time('firstDue'),
    deadLetters: number('dead'),
    deadLettersDropped: number('dropped'),
    botStatus: words.status || 'UNKNOWN',
    errors: number('errors'),
    epoch: number('epoch'),
    breaker: breakerAt(words.breaker, number('breakerUntil'), number('now')),
    breakerUntilMs: number('breakerUntil'),
    breakerTries: number('breakerTries'),
    reinitializedAtMs: time('reinitializedAt'),
    info: words.info || null,
    malformed: number('malformed'),
    refused: number('refused'),
    unhealthySinceMs: time('unhealthySince'),
    telegram: {
      checkedAtMs: time('checkedAt'),
      ok: words.ok === '1',
      url: words.url,
      matches: words.matches === '' ? null : words.matches === '1',
      pendingUpdateCount: number('pendingAtTelegram'),
      lastError: words.lastError || null,
      lastErrorAtMs: time('lastErrorAt'),
      error: words.error || null,
      repairedAtMs: time('repairedAt'),
    },
  }
}
