/**
 * The rate limit of wrong logins, by the address that they come from. A right login is never limited: the token has
 * 128 bits and more, so the limit protects the log and the store, not the token.
 */
import { StoreError } from '../errors.ts'
import type { Store } from '../redis.ts'
import { defineScript, tagOf } from '../script.ts'

const WINDOW_MS = 60_000
export const WRONG_TRIES = 5

/**
 * KEYS  1 HASH wrong tries of the client
 * ARGV  1 window ms · 2 tries a window
 * Returns [counted] | [first, wait ms] | [limited, wait ms]
 *         first: the first try beyond the limit.
 * Lifetime  the key expires with its window
 * Again     counted twice
 */
const COUNT_WRONG_TRY = defineScript(
  'count-wrong-try',
  `local tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
if tries == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
local limit = tonumber(ARGV[2])
if tries <= limit then return {'counted'} end
local word = tries == limit + 1 and 'first' or 'limited'
return {word, math.max(1, redis.call('PTTL', KEYS[1]))}
`,
)

export type WrongTry = { word: 'counted' } | { word: 'first' | 'limited'; waitMs: number }

/**
 * Counts a wrong login; three commands at most.
 * @param client the client's address, hashed
 * @throws StoreError
 */
export async function countWrongTry(store: Store, client: string): Promise<WrongTry> {
  const reply = await store.run(
    COUNT_WRONG_TRY,
    [store.keys.wrongTries(client)],
    [String(WINDOW_MS), String(WRONG_TRIES)],
  )
  const word = tagOf(reply, ['counted', 'first', 'limited'])
  if (word === 'counted') return { word }
  const waitMs = Number(reply[1])
  if (!Number.isFinite(waitMs)) throw new StoreError('unexpected_reply')
  return { word, waitMs }
}
