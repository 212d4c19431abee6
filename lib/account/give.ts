/** Gives an account back, with what the call has changed. */
import { ACTED_MS, type Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'
import { accountKeys, type Rule } from './take.ts'

/**
 * KEYS  1 STRING session · 2 STRING login · 3 STRING lock · 4 HASH flood · 5 HASH tries · 6 STRING acted · 7 SET accounts
 * ARGV  1 now ms or '' · 2 owner · 3 session: 'keep', 'drop' or its text · 4 login: the same · 5 ms of a new login, ''
 *       for one that goes on · 6 method that Telegram refuses or '' · 7 for how long, ms · 8 rule whose count is taken
 *       back or '' · 9 '1' where the guesses begin anew · 10 operator · 11 how long the call is remembered, ms
 * Returns [given] | [lost]
 *         lost: another call has the account since, and nothing was written.
 * Lifetime  login, flood and tries expire; the session does not
 * Again     given, and written once
 */
const GIVE_ACCOUNT = defineScript(
  'give-account',
  `${COMMON_LUA}
local owner = ARGV[2]
if redis.call('GET', KEYS[3]) ~= owner then
  return {redis.call('EXISTS', KEYS[6]) == 1 and 'given' or 'lost'}
end
-- A key of another type must refuse the whole: each that is changed in place is read first.
local leftMs = 0
if ARGV[6] ~= '' then
  redis.call('HGET', KEYS[4], ARGV[6])
  leftMs = redis.call('PTTL', KEYS[4])
end
local tries = {}
if ARGV[8] ~= '' or ARGV[9] ~= '' then tries = read(KEYS[5], 'code', 'verify') end
if ARGV[3] ~= 'keep' then redis.call('SISMEMBER', KEYS[7], ARGV[10]) end
-- The first write frees memory, so that a fresh login is kept in a full store too.
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[6], '1', 'PX', ARGV[11])
if ARGV[3] == 'drop' then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', KEYS[7], ARGV[10])
elseif ARGV[3] ~= 'keep' then
  redis.call('SET', KEYS[1], ARGV[3])
  redis.call('SADD', KEYS[7], ARGV[10])
end
if ARGV[4] == 'drop' then redis.call('DEL', KEYS[2])
elseif ARGV[4] ~= 'keep' then
  -- A login that ended during the call stays ended.
  if ARGV[5] == '' then redis.call('SET', KEYS[2], ARGV[4], 'XX', 'KEEPTTL')
  else redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
end
if ARGV[6] ~= '' then
  local waitMs = tonumber(ARGV[7])
  redis.call('HSET', KEYS[4], ARGV[6], ms(clock(ARGV[1]) + waitMs))
  redis.call('PEXPIRE', KEYS[4], math.max(waitMs, leftMs))
end
if ARGV[8] == 'verify' then redis.call('HSET', KEYS[5], 'verify', ms(math.max(0, num(tries.verify) - 1)))
elseif ARGV[8] == 'code' then
  redis.call('HSET', KEYS[5], 'code', (string.gsub(tries.code or '', ' ?%d+$', '')))
end
if ARGV[9] == '1' then redis.call('HDEL', KEYS[5], 'verify') end
return {'given'}
`,
)

export interface Changes {
  /** Sealed text, or what becomes of the present one. */
  session: string
  login: string
  /** Null for a login that goes on: its end is fixed when it begins. */
  loginMs: number | null
  flood: { method: string; ms: number } | null
  /** The rule whose count is taken back: Telegram was not asked. */
  refund: Rule
  areGuessesNew: boolean
}

export const NO_CHANGES: Changes = {
  session: 'keep',
  login: 'keep',
  loginMs: null,
  flood: null,
  refund: '',
  areGuessesNew: false,
}

/** @returns false where another call has the account since: nothing was written @throws StoreError */
export async function giveAccount(
  store: Store,
  operator: string,
  owner: string,
  { session, login, loginMs, flood, refund, areGuessesNew }: Changes,
): Promise<boolean> {
  const { keys } = store
  const reply = await store.run(
    GIVE_ACCOUNT,
    [...accountKeys(store, operator), keys.acted(owner), keys.accounts],
    [
      store.now(),
      owner,
      session,
      login,
      loginMs === null ? '' : String(loginMs),
      flood?.method ?? '',
      String(flood?.ms ?? 0),
      refund,
      areGuessesNew ? '1' : '',
      operator,
      String(ACTED_MS),
    ],
    // What is left of the 13 s after Telegram's 11.
    { timeoutMs: 1000, totalMs: 1500 },
  )
  return tagOf(reply, ['given', 'lost']) === 'given'
}
