/** How often a login may be tried: wrong tries are counted in the store, over all instances. */
import { randomUUID } from 'node:crypto'
import { StoreError } from '../errors.ts'
import { CLOCK, type Store } from '../redis.ts'

const WINDOW_MS = 60_000
export const TRIES_PER_CLIENT = 5
export const TRIES_OVER_ALL = 50

/**
 * KEYS  1 HASH tries of the client · 2 HASH tries of all · 3 STRING this try: the ends of the windows it counts in
 * ARGV  1 now ms or '' · 2 tries a client · 3 tries over all · 4 window ms
 * Returns [reserved] | [limited, wait ms]
 * Life  all expire with their window.
 * The try is counted before anything is compared, so that guesses sent at once cannot pass together.
 * The same call again, its answer lost: reserved, and counted once.
 */
const RESERVE = `${CLOCK}
local now, windowMs = clock(ARGV[1]), tonumber(ARGV[4])
local function current(f)
  local tries, untilMs = num(f[1]), num(f[2])
  -- A window that ends later than any can comes from a clock that has jumped back.
  if untilMs <= now or untilMs > now + windowMs then return 0, now + windowMs end
  return tries, untilMs
end
if redis.call('EXISTS', KEYS[3]) == 1 then return {'reserved'} end
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
redis.call('SET', KEYS[3], ms(mineUntil) .. ' ' .. ms(allUntil), 'PX', ARGV[4])
return {'reserved'}
`

/**
 * KEYS  1 HASH tries of the client · 2 HASH tries of all · 3 STRING this try
 * ARGV  1 window ms
 * Returns [returned]
 * Only once, and not out of a window that has begun since: those tries are others'. The mark stays, in case the
 * call that reserved comes late once more.
 */
const GIVE_BACK = `${CLOCK}
local ends = {string.match(redis.call('GET', KEYS[3]) or '', '^(%d+) (%d+)$')}
local f = {redis.call('HMGET', KEYS[1], 'tries', 'until'), redis.call('HMGET', KEYS[2], 'tries', 'until')}
if not ends[1] then return {'returned'} end
evenWhenFull(1)
for i = 1, 2 do
  if f[i][2] == ends[i] and num(f[i][1]) > 0 then redis.call('HINCRBY', KEYS[i], 'tries', -1) end
end
redis.call('SET', KEYS[3], 'returned', 'PX', ARGV[1])
return {'returned'}
`

/** A try that counts, until it is given back. */
export interface Try {
  word: 'reserved'
  client: string
  id: string
}

/** @param client who tries, hashed @throws StoreError: without its limit no login is tried */
export async function reserveTry(
  store: Store,
  client: string,
): Promise<Try | { word: 'limited'; waitMs: number }> {
  const id = randomUUID()
  const [word, waitMs] = await store.run(RESERVE, keysOf(store, { client, id }), [
    store.now(),
    String(TRIES_PER_CLIENT),
    String(TRIES_OVER_ALL),
    String(WINDOW_MS),
  ])
  if (word === 'reserved') return { word, client, id }
  if (word === 'limited' && Number.isFinite(Number(waitMs))) return { word, waitMs: Number(waitMs) }
  throw new StoreError('unexpected_reply')
}

/** Takes back a try that was right. @throws StoreError */
export async function giveBackTry(store: Store, reserved: Try): Promise<void> {
  const limits = { timeoutMs: 1000, totalMs: 1000 }
  await store.run(GIVE_BACK, keysOf(store, reserved), [String(WINDOW_MS)], limits)
}

function keysOf({ keys }: Store, { client, id }: Pick<Try, 'client' | 'id'>): string[] {
  return [keys.loginTries(client), keys.allLoginTries, keys.acted(id)]
}
