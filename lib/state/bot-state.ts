/**
 * The bot's state: error counter, status, epoch, breaker. Every shard holds a copy of it, so that the scripts
 * on the hot path read it with the mailbox and no key is shared by all chats. A script that changes it changes all
 * copies at once; the first copy is the one that scripts of this room read.
 *
 * Fields: info, epoch, status, errors, breaker, breaker_until, breaker_tries, reinitialized_at, finished_by.
 */
import { randomUUID } from 'node:crypto'
import { ACTED_MS, type Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

export type BotStatus = 'OK' | 'REINITIALIZING' | 'FAILED' | 'UNAUTHORIZED' | 'UNKNOWN'

/** Why a re-initialisation is asked for; each reason has its own condition, tested in the claim. */
export type HealReason = 'threshold' | 'probe' | 'init' | 'restart' | 'stuck'

/** Longest delay of a probe in milliseconds, also where Telegram asks for more. */
export const PROBE_MAX_MS = 60_000

/**
 * True where the last re-initialisation failed and a probe is due. An operator's pause replaces the breaker of that
 * failure, so the status counts too.
 */
export function isBroken({ breaker, status }: { breaker: string; status: string }): boolean {
  return breaker === 'telegram' || breaker === 'token' || status === 'FAILED' || status === 'UNAUTHORIZED'
}

/** Longest throttle in milliseconds, also where Telegram asks for more; equal in the scripts' isOpen. */
const THROTTLE_MAX_MS = 60_000

/**
 * The stored breaker as it is at `nowMs`. A throttle ends by itself, without a write. A throttle that ends later than
 * the longest possible one comes from a clock that has jumped back.
 */
export function breakerAt(breaker: string, untilMs: number, nowMs: number): string {
  const isOver = untilMs <= nowMs || untilMs > nowMs + THROTTLE_MAX_MS
  return breaker === 'throttled' && isOver ? '' : breaker
}

/**
 * KEYS  1 STRING lock · 2… HASH every shard
 * ARGV  1 now ms or '' · 2 owner · 3 reason · 4 error threshold · 5 lock ms
 * Returns [claimed, tries, errors, info] | [busy|early|unneeded, wait ms, errors, info]
 * Lifetime  the lock expires, so that a worker that was killed blocks the others only that long
 * Again     by the same owner: claimed
 */
const CLAIM_HEAL = defineScript(
  'claim-heal',
  `${COMMON_LUA}
local now, owner, reason = clock(ARGV[1]), ARGV[2], ARGV[3]
local f = read(KEYS[2], 'breaker', 'breaker_until', 'breaker_tries', 'errors', 'info', 'status')
local untilMs, errors, info = num(f.breaker_until), num(f.errors), f.info or ''
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= owner then return {'busy', redis.call('PTTL', KEYS[1]), errors, info} end
if not holder then
  local broken = f.breaker == 'telegram' or f.breaker == 'token'
    or f.status == 'FAILED' or f.status == 'UNAUTHORIZED'
  if (reason == 'threshold' and (errors < tonumber(ARGV[4]) or broken))
    or (reason == 'probe' and not broken)
    or (reason == 'stuck' and f.status ~= 'REINITIALIZING')
    or (reason == 'init' and info ~= '') then return {'unneeded', 0, errors, info} end
  -- Enforce the probe backoff for everything except an operator's /restart. A probe later than the longest delay
  -- comes from a clock that has jumped back.
  if broken and reason ~= 'restart' and untilMs > now and untilMs - now <= ${PROBE_MAX_MS} then
    return {'early', ms(untilMs - now), errors, info}
  end
  evenWhenFull(2)
  redis.call('SET', KEYS[1], owner, 'PX', ARGV[5])
  -- Only a bot that was OK is REINITIALIZING, which /health reports as degraded. A probe of a broken bot leaves its
  -- status as it is, so /health stays unhealthy until the bot is healed.
  if f.status == 'OK' then
    for i = 2, #KEYS do redis.call('HSET', KEYS[i], 'status', 'REINITIALIZING') end
  end
end
return {'claimed', f.breaker_tries or '0', errors, info}
`,
)

/**
 * KEYS  1 STRING lock · 2… HASH every shard
 * ARGV  1 now ms or '' · 2 owner · 3 status · 4 info (JSON text) · 5 ms until the next probe
 * Returns [finished, epoch] | [lost, epoch]
 * Again   by the same owner: the same answer
 */
const FINISH_HEAL = defineScript(
  'finish-heal',
  `${COMMON_LUA}
local now, owner, status = clock(ARGV[1]), ARGV[2], ARGV[3]
local f = read(KEYS[2], 'epoch', 'finished_by', 'breaker', 'breaker_tries')
local epoch = num(f.epoch)
if redis.call('GET', KEYS[1]) ~= owner then return {f.finished_by == owner and 'finished' or 'lost', epoch} end
local set = {'finished_by', owner, 'status', status}
local function put(...) for _, v in ipairs({...}) do set[#set + 1] = v end end
if status == 'OK' then
  epoch = epoch + 1
  put('epoch', epoch, 'info', ARGV[4], 'errors', 0, 'reinitialized_at', ms(now))
  put('breaker_until', 0, 'breaker_tries', 0)
else
  put('breaker_until', ms(now + tonumber(ARGV[5])), 'breaker_tries', num(f.breaker_tries) + 1)
end
-- An operator's pause stays; the schedule of the probes is kept behind it.
if f.breaker ~= 'paused' then
  put('breaker', status == 'OK' and '' or status == 'UNAUTHORIZED' and 'token' or 'telegram')
end
evenWhenFull(2)
for i = 2, #KEYS do redis.call('HSET', KEYS[i], unpack(set)) end
redis.call('DEL', KEYS[1])
return {'finished', epoch}
`,
)

/**
 * KEYS  1 STRING acted · 2… HASH every shard
 * ARGV  1 how long the call is remembered, ms
 * Returns [reset, errors before]
 * Lifetime  acted expires
 * Again     the same answer; errors counted since are kept
 */
const RESET_ERRORS = defineScript(
  'reset-errors',
  `${COMMON_LUA}
local said = redis.call('GET', KEYS[1])
if said then return {'reset', said} end
evenWhenFull(2)
local before = ms(num(redis.call('HGET', KEYS[2], 'errors')))
-- The copy that is read is written last: where another write fails, nothing has changed yet.
for i = #KEYS, 2, -1 do redis.call('HSET', KEYS[i], 'errors', 0) end
redis.call('SET', KEYS[1], before, 'PX', ARGV[1])
return {'reset', before}
`,
)

/** How long a claim lasts, in milliseconds, after its worker was killed; a running worker renews it. */
export const HEAL_LOCK_MS = 5_000

/**
 * KEYS  1 STRING lock
 * ARGV  1 owner · 2 lock ms
 * Returns [kept|lost]
 * Lifetime  the lock expires
 */
const KEEP_HEAL = defineScript(
  'keep-heal',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'kept'}
`,
)

export interface Claim {
  word: 'claimed' | 'busy' | 'early' | 'unneeded'
  /** How many tries have failed before this one. */
  tries: number
  /** busy, early: after how long the next claim can succeed. */
  waitMs: number
  errors: number
  info: string | null
}

/**
 * Claims the right to re-initialise the bot: at most one holder over all instances. A bot that was OK is
 * REINITIALIZING from then on; every other status stays until finishHeal.
 * @throws StoreError
 */
export async function claimHeal(
  store: Store,
  owner: string,
  reason: HealReason,
  errorThreshold: number,
): Promise<Claim> {
  const reply = await store.run(
    CLAIM_HEAL,
    [store.keys.healLock, ...store.keys.allShards],
    [store.now(), owner, reason, String(errorThreshold), String(HEAL_LOCK_MS)],
  )
  const word = tagOf(reply, ['claimed', 'busy', 'early', 'unneeded'])
  const [, number, errors, info = ''] = reply
  const base = { word, errors: Number(errors), info: info === '' ? null : info }
  return word === 'claimed'
    ? { ...base, tries: Number(number), waitMs: 0 }
    : { ...base, tries: 0, waitMs: Math.max(Number(number), 0) }
}

/** Renews a claim. @returns false when it was lost @throws StoreError */
export async function keepHeal(store: Store, owner: string): Promise<boolean> {
  const reply = await store.run(KEEP_HEAL, [store.keys.healLock], [owner, String(HEAL_LOCK_MS)])
  return tagOf(reply, ['kept', 'lost']) === 'kept'
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
    FINISH_HEAL,
    [store.keys.healLock, ...store.keys.allShards],
    [
      store.now(),
      owner,
      result.status,
      ok ? result.info : '',
      String(ok ? 0 : Math.ceil(result.nextProbeMs)),
    ],
  )
  return tagOf(reply, ['finished', 'lost']) === 'finished' ? Number(reply[1]) : null
}

/** Zeroes the error counter. @returns what it was @throws StoreError */
export async function resetErrors(store: Store): Promise<number> {
  const keys = [store.keys.acted(randomUUID()), ...store.keys.allShards]
  const reply = await store.run(RESET_ERRORS, keys, [String(ACTED_MS)])
  tagOf(reply, ['reset'])
  return Number(reply[1])
}
