/** Looks at an account without taking it. */
import { StoreError } from '../errors.ts'
import type { Store } from '../redis.ts'
import { COMMON_LUA, defineScript, replyOf, tagOf } from '../script.ts'

/**
 * KEYS  1 STRING session · 2 STRING login · 3 HASH flood
 * ARGV  1 now ms or ''
 * Returns [account, now ms, session or '', login or '', until when Telegram refuses something, ms or 0]
 */
const LOOK_AT_ACCOUNT = defineScript(
  'look-at-account',
  `${COMMON_LUA}
local now, latest = clock(ARGV[1]), 0
for _, untilMs in ipairs(redis.call('HVALS', KEYS[3])) do latest = math.max(latest, num(untilMs)) end
if latest <= now then latest = 0 end
local kept = redis.call('MGET', KEYS[1], KEYS[2])
return {'account', ms(now), kept[1] or '', kept[2] or '', ms(latest)}
`,
)

export interface Look {
  nowMs: number
  session: string
  login: string
  floodUntilMs: number | null
}

/** @throws StoreError */
export async function lookAtAccount(store: Store, operator: string): Promise<Look> {
  const { keys } = store
  const asked = [keys.accountSession(operator), keys.accountLogin(operator), keys.accountFlood(operator)]
  const reply = await store.run(LOOK_AT_ACCOUNT, asked, [store.now()])
  tagOf(reply, ['account'])
  const { now, session, login, flood } = replyOf(reply, ['tag', 'now', 'session', 'login', 'flood'])
  if (!Number.isFinite(Number(now))) throw new StoreError('unexpected_reply')
  return { nowMs: Number(now), session, login, floodUntilMs: Number(flood) || null }
}

/**
 * KEYS  1 SET accounts
 * Returns [accounts, operator…]
 */
const LIST_ACCOUNTS = defineScript(
  'list-accounts',
  `
local reply = {'accounts'}
for _, operator in ipairs(redis.call('SMEMBERS', KEYS[1])) do reply[#reply + 1] = operator end
return reply
`,
)

/** The operators that have a session. @throws StoreError */
export async function listAccounts(store: Store): Promise<string[]> {
  const reply = await store.run(LIST_ACCOUNTS, [store.keys.accounts], [])
  tagOf(reply, ['accounts'])
  return reply.slice(1)
}
