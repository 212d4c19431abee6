/** Takes an operator's account for one call: no two calls may use its key at the same time, or Telegram ends it. */
import { StoreError } from '../errors.ts'
import type { Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

/** Longer than a call can live: api/account.ts has a maxDuration of 30 s. */
const LOCK_MS = 45_000

/** Our own limits, which keep an operator from Telegram's: codes, guesses, reads, looks at a QR code. */
export type Rule = 'code' | 'verify' | 'read' | 'qr' | ''

/**
 * KEYS  1 STRING session · 2 STRING login · 3 STRING lock · 4 HASH flood · 5 HASH tries
 * ARGV  1 now ms or '' · 2 owner · 3 lock ms · 4 rule or '' · 5… methods of Telegram that will be called
 * Returns [busy, ms] | [flood, ms] | [limited, ms] | [taken, now ms, session or '', login or '']
 *         The rule counts the call before it is made, so that calls at once cannot all pass.
 * Lifetime  the lock expires; tries expire a day after the last one
 * Again     taken, and counted once
 */
const TAKE_ACCOUNT = defineScript(
  'take-account',
  `${COMMON_LUA}
local now, owner, rule = clock(ARGV[1]), ARGV[2], ARGV[4]
local function taken()
  local kept = redis.call('MGET', KEYS[1], KEYS[2])
  return {'taken', ms(now), kept[1] or '', kept[2] or ''}
end
local holder = redis.call('GET', KEYS[3])
if holder == owner then return taken() end
if holder then return {'busy', ms(math.max(1, redis.call('PTTL', KEYS[3])))} end
if #ARGV > 4 then
  local waitMs = 0
  for _, untilMs in ipairs(redis.call('HMGET', KEYS[4], unpack(ARGV, 5))) do
    waitMs = math.max(waitMs, num(untilMs or '0') - now)
  end
  if waitMs > 0 then return {'flood', ms(waitMs)} end
end
local tries, waitMs = '', 0
if rule ~= '' then
  local before = redis.call('HGET', KEYS[5], rule) or ''
  if rule == 'read' then
    local since, count = string.match(before, '^(%d+) (%d+)$')
    since, count = num(since), num(count)
    if since + 60000 <= now or since > now then since, count = now, 0 end
    if count >= 30 then waitMs = since + 60000 - now end
    tries = ms(since) .. ' ' .. ms(count + 1)
  elseif rule == 'qr' then
    local sinceMs = now - num(before)
    -- A page that asks every three seconds may come a little early.
    if sinceMs >= 0 and sinceMs < 2800 then waitMs = 3000 - sinceMs end
    tries = ms(now)
  elseif rule == 'verify' then
    if num(before) >= 5 then waitMs = math.max(1000, redis.call('PTTL', KEYS[2])) end
    tries = ms(num(before) + 1)
  else
    local sent = {}
    for at in string.gmatch(before, '%d+') do
      if num(at) > now - 86400000 and num(at) <= now then sent[#sent + 1] = num(at) end
    end
    if #sent >= 5 then waitMs = sent[#sent - 4] + 86400000 - now end
    if #sent >= 3 then waitMs = math.max(waitMs, sent[#sent - 2] + 3600000 - now) end
    sent[#sent + 1] = now
    for i, at in ipairs(sent) do sent[i] = ms(at) end
    tries = table.concat(sent, ' ')
  end
  if waitMs > 0 then return {'limited', ms(waitMs)} end
end
redis.call('SET', KEYS[3], owner, 'PX', ARGV[3])
if rule ~= '' then
  redis.call('HSET', KEYS[5], rule, tries)
  redis.call('PEXPIRE', KEYS[5], 86400000)
end
return taken()
`,
)

/** The keys of an account, in the order in which take and give declare them. */
export function accountKeys({ keys }: Store, operator: string): string[] {
  return [
    keys.accountSession(operator),
    keys.accountLogin(operator),
    keys.accountLock(operator),
    keys.accountFlood(operator),
    keys.accountTries(operator),
  ]
}

export type Take =
  | { word: 'busy' | 'flood' | 'limited'; waitMs: number }
  | { word: 'taken'; nowMs: number; session: string; login: string }

/**
 * @param owner unique for each call
 * @param methods of Telegram, whose flood waits are answered from here until they are over
 * @throws StoreError
 */
export async function takeAccount(
  store: Store,
  operator: string,
  { owner, rule, methods }: { owner: string; rule: Rule; methods: readonly string[] },
): Promise<Take> {
  const reply = await store.run(
    TAKE_ACCOUNT,
    accountKeys(store, operator),
    [store.now(), owner, String(LOCK_MS), rule, ...methods],
    { timeoutMs: 1500, totalMs: 2000 },
  )
  const word = tagOf(reply, ['busy', 'flood', 'limited', 'taken'])
  const number = Number(reply[1])
  if (!Number.isFinite(number)) throw new StoreError('unexpected_reply')
  if (word !== 'taken') return { word, waitMs: number }
  return { word, nowMs: number, session: reply[2] ?? '', login: reply[3] ?? '' }
}
