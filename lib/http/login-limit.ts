/** How often a login may be tried: wrong tries are counted in the store, over all instances. */
import { StoreError } from '../errors.ts'
import { CLOCK, type Store } from '../redis.ts'

const WINDOW_MS = 60_000
export const TRIES_PER_CLIENT = 5
export const TRIES_OVER_ALL = 50

/**
 * KEYS  1 HASH tries of the client · 2 HASH tries of all
 * ARGV  1 now ms or '' · 2 tries a client · 3 tries over all · 4 window ms
 * Returns [reserved, tries of the client with this one] | [limited, wait ms]
 * Life  both expire with their window.
 * The try is counted before anything is compared, so that guesses sent at once cannot pass together.
 */
const RESERVE = `${CLOCK}
local now, windowMs = clock(ARGV[1]), tonumber(ARGV[4])
local function current(f)
  local tries, untilMs = num(f[1]), num(f[2])
  -- A window that ends later than any can comes from a clock that has jumped back.
  if untilMs <= now or untilMs > now + windowMs then return 0, now + windowMs end
  return tries, untilMs
end
evenWhenFull(1)
local mine, mineUntil = current(redis.call('HMGET', KEYS[1], 'tries', 'until'))
local all, allUntil = current(redis.call('HMGET', KEYS[2], 'tries', 'until'))
local waitMs = 0
if mine >= tonumber(ARGV[2]) then waitMs = mineUntil - now end
if all >= tonumber(ARGV[3]) then waitMs = math.max(waitMs, allUntil - now) end
if waitMs > 0 then return {'limited', ms(waitMs)} end
redis.call('HSET', KEYS[1], 'tries', mine + 1, 'until', ms(mineUntil))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('HSET', KEYS[2], 'tries', all + 1, 'until', ms(allUntil))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {'reserved', mine + 1}
`

/**
 * KEYS  1 HASH tries of the client · 2 HASH tries of all
 * Returns [returned]
 */
const GIVE_BACK = `${CLOCK}
evenWhenFull(1)
for i = 1, 2 do
  if num(redis.call('HGET', KEYS[i], 'tries')) > 0 then redis.call('HINCRBY', KEYS[i], 'tries', -1) end
end
return {'returned'}
`

/** @param client who tries, hashed @throws StoreError: without its limit no login is tried */
export async function reserveTry(
  store: Store,
  client: string,
): Promise<{ word: 'reserved'; tries: number } | { word: 'limited'; waitMs: number }> {
  const reply = await store.run(
    RESERVE,
    [store.keys.loginTries(client), store.keys.allLoginTries],
    [store.now(), String(TRIES_PER_CLIENT), String(TRIES_OVER_ALL), String(WINDOW_MS)],
  )
  const [word, number] = reply
  if (word === 'reserved') return { word, tries: Number(number) }
  if (word === 'limited') return { word, waitMs: Number(number) }
  throw new StoreError('unexpected_reply')
}

/** Takes back a try that was right. @throws StoreError */
export async function giveBackTry(store: Store, client: string): Promise<void> {
  const limits = { timeoutMs: 1000, totalMs: 1000 }
  await store.run(GIVE_BACK, [store.keys.loginTries(client), store.keys.allLoginTries], [], limits)
}
