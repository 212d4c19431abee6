/**
 * The bot's state: error counter, status, epoch, breaker. Every shard holds a copy of it, so that the scripts
 * on the hot path read it with the mailbox and no key is shared by all chats. Whoever changes it, changes all
 * copies in one script; whoever reads it, reads the first.
 *
 * Fields: info, epoch, status, errors, breaker, breaker_until, breaker_tries, reinitialized_at, finished_by.
 */
import { randomUUID } from 'node:crypto'
import { StoreError } from '../errors.ts'
import { ACTED_MS, CLOCK, type Store } from '../redis.ts'

export type BotStatus = 'OK' | 'REINITIALIZING' | 'FAILED' | 'UNAUTHORIZED' | 'UNKNOWN'

/** Why somebody wants to re-initialise; each has its own condition, tested in the claim. */
export type HealReason = 'threshold' | 'probe' | 'init' | 'restart' | 'stuck'

/** No probe is put off for longer than this, whatever Telegram asks for, in milliseconds. */
export const PROBE_MAX_MS = 60_000

/**
 * True where the last try to re-initialise failed and another is due, whoever comes by. An operator's pause hides
 * the breaker of that, so the status counts too.
 */
export function isBroken({ breaker, status }: { breaker: string; status: string }): boolean {
  return breaker === 'telegram' || breaker === 'token' || status === 'FAILED' || status === 'UNAUTHORIZED'
}

/** No throttle lasts longer, whatever Telegram asks for; see the scripts' isOpen. */
const THROTTLE_MAX_MS = 60_000

/**
 * The stored breaker as it is at `nowMs`: a throttle ends by itself, and nobody writes that it did. One that ends
 * later than any could comes from a clock that has jumped back.
 */
export function breakerAt(breaker: string, untilMs: number, nowMs: number): string {
  const isOver = untilMs <= nowMs || untilMs > nowMs + THROTTLE_MAX_MS
  return breaker === 'throttled' && isOver ? '' : breaker
}

/**
 * KEYS  1 STRING lock · 2… HASH every shard
 * ARGV  1 now ms or '' · 2 owner · 3 reason · 4 error threshold · 5 lock ms
 * Returns [claimed, tries, errors, info] | [busy|early|unneeded, wait ms, errors, info]
 * Life  the lock expires by itself, so that a claimer that was killed blocks nobody for long.
 */
const CLAIM = `${CLOCK}
local now, owner, reason = clock(ARGV[1]), ARGV[2], ARGV[3]
local f = redis.call('HMGET', KEYS[2], 'breaker', 'breaker_until', 'breaker_tries', 'errors', 'info', 'status')
local breaker, untilMs, errors = f[1] or '', num(f[2]), num(f[4])
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= owner then return {'busy', redis.call('PTTL', KEYS[1]), errors, f[5] or ''} end
if not holder then
  local broken = breaker == 'telegram' or breaker == 'token' or f[6] == 'FAILED' or f[6] == 'UNAUTHORIZED'
  if (reason == 'threshold' and (errors < tonumber(ARGV[4]) or broken))
    or (reason == 'probe' and not broken)
    or (reason == 'stuck' and f[6] ~= 'REINITIALIZING')
    or (reason == 'init' and f[5] and f[5] ~= '') then return {'unneeded', 0, errors, f[5] or ''} end
  -- The next try of a bot that is away has its time, whoever asks; only an operator need not wait.
  -- One that is further away than any can be comes from a clock that has jumped back.
  if broken and reason ~= 'restart' and untilMs > now and untilMs - now <= ${PROBE_MAX_MS} then return {'early', ms(untilMs - now), errors, f[5] or ''} end
  evenWhenFull(2)
  redis.call('SET', KEYS[1], owner, 'PX', ARGV[5])
  for i = 2, #KEYS do redis.call('HSET', KEYS[i], 'status', 'REINITIALIZING') end
end
return {'claimed', f[3] or '0', errors, f[5] or ''}
`

/**
 * KEYS  1 STRING lock · 2… HASH every shard
 * ARGV  1 now ms or '' · 2 owner · 3 status · 4 info (JSON text) · 5 ms until the next probe
 * Returns [finished, epoch] | [lost]
 * Again by the same owner: the same answer.
 */
const FINISH = `${CLOCK}
local now, owner, status = clock(ARGV[1]), ARGV[2], ARGV[3]
local f = redis.call('HMGET', KEYS[2], 'epoch', 'finished_by', 'breaker', 'breaker_tries')
local epoch = num(f[1])
if redis.call('GET', KEYS[1]) ~= owner then return {f[2] == owner and 'finished' or 'lost', epoch} end
local set = {'finished_by', owner, 'status', status}
local function put(...) for _, v in ipairs({...}) do set[#set + 1] = v end end
if status == 'OK' then
  epoch = epoch + 1
  put('epoch', epoch, 'info', ARGV[4], 'errors', 0, 'reinitialized_at', ms(now))
  put('breaker_until', 0, 'breaker_tries', 0)
else
  put('breaker_until', ms(now + tonumber(ARGV[5])), 'breaker_tries', num(f[4]) + 1)
end
-- An operator's pause outlasts it, and the probes keep their schedule all the same.
if f[3] ~= 'paused' then
  put('breaker', status == 'OK' and '' or status == 'UNAUTHORIZED' and 'token' or 'telegram')
end
evenWhenFull(2)
for i = 2, #KEYS do redis.call('HSET', KEYS[i], unpack(set)) end
redis.call('DEL', KEYS[1])
return {'finished', epoch}
`

/**
 * KEYS  1 STRING acted · 2… HASH every shard
 * ARGV  1 how long the call is remembered, ms
 * Returns [reset, errors before]
 * Life  acted expires.
 * The same call again, its answer lost: the same answer, and the errors since are kept.
 */
const RESET_ERRORS = `${CLOCK}
local said = redis.call('GET', KEYS[1])
if said then return {'reset', said} end
evenWhenFull(2)
local before = ms(num(redis.call('HGET', KEYS[2], 'errors')))
-- The copy that is read comes last: where another fails, nothing has changed yet.
for i = #KEYS, 2, -1 do redis.call('HSET', KEYS[i], 'errors', 0) end
redis.call('SET', KEYS[1], before, 'PX', ARGV[1])
return {'reset', before}
`

/** A claimer that was killed blocks the others no longer than this; one that lives renews its claim. */
export const HEAL_LOCK_MS = 5_000

/**
 * KEYS  1 STRING lock
 * ARGV  1 owner · 2 lock ms
 * Returns [kept|lost]
 */
const KEEP = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'kept'}
`

export interface Claim {
  word: 'claimed' | 'busy' | 'early' | 'unneeded'
  /** How many tries have failed before this one. */
  tries: number
  /** busy, early: after how long to ask again. */
  waitMs: number
  errors: number
  info: string | null
}

/**
 * Claims the right to re-initialise the bot: at most one holder over all instances.
 * @throws StoreError
 */
export async function claimHeal(
  store: Store,
  owner: string,
  reason: HealReason,
  errorThreshold: number,
): Promise<Claim> {
  const reply = await store.run(
    CLAIM,
    [store.keys.healLock, ...store.keys.allShards],
    [store.now(), owner, reason, String(errorThreshold), String(HEAL_LOCK_MS)],
  )
  const [word, number, errors, info = ''] = reply
  const base = { errors: Number(errors), info: info === '' ? null : info }
  if (word === 'claimed') return { word, tries: Number(number), waitMs: 0, ...base }
  if (word === 'busy' || word === 'early' || word === 'unneeded') {
    return { word, tries: 0, waitMs: Math.max(Number(number), 0), ...base }
  }
  throw new StoreError('unexpected_reply')
}

/** Renews a claim. @returns false when it was lost @throws StoreError */
export async function keepHeal(store: Store, owner: string): Promise<boolean> {
  const reply = await store.run(KEEP, [store.keys.healLock], [owner, String(HEAL_LOCK_MS)])
  return reply[0] === 'kept'
}

/**
 * Records how a re-initialisation ended and gives the claim back. Success raises the epoch, zeroes the error
 * counter and closes the breaker; failure opens it until the next probe. A pause stays, with the schedule of the
 * probes behind it.
 * @returns the epoch, or null when the claim was lost meanwhile
 * @throws StoreError
 */
export async function finishHeal(
  store: Store,
  owner: string,
  result: { status: 'OK'; info: string } | { status: 'FAILED' | 'UNAUTHORIZED'; nextProbeMs: number },
): Promise<number | null> {
  const ok = result.status === 'OK'
  const reply = await store.run(
    FINISH,
    [store.keys.healLock, ...store.keys.allShards],
    [
      store.now(),
      owner,
      result.status,
      ok ? result.info : '',
      String(ok ? 0 : Math.ceil(result.nextProbeMs)),
    ],
  )
  return reply[0] === 'finished' ? Number(reply[1]) : null
}

/** Zeroes the error counter. @returns what it was @throws StoreError */
export async function resetErrors(store: Store): Promise<number> {
  const keys = [store.keys.acted(randomUUID()), ...store.keys.allShards]
  const [word, before] = await store.run(RESET_ERRORS, keys, [String(ACTED_MS)])
  if (word !== 'reset') throw new StoreError('unexpected_reply')
  return Number(before)
}
