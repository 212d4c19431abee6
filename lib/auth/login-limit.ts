/** The rate limit of logins: the store counts wrong attempts over all instances. */
import { randomUUID } from 'node:crypto'
import { StoreError } from '../errors.ts'
import type { Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

const WINDOW_MS = 60_000
export const TRIES_PER_CLIENT = 5
export const TRIES_OVER_ALL = 50

/**
 * KEYS  1 HASH tries of the client · 2 HASH tries of all · 3 STRING this try: the ends of the windows it counts in
 * ARGV  1 now ms or '' · 2 tries a client · 3 tries over all · 4 window ms
 * Returns [reserved] | [limited, wait ms]
 *         The script counts the try before the token is compared, so that guesses sent at once cannot all pass.
 * Lifetime  all keys expire with their window
 * Again     reserved, and counted once
 */
const RESERVE_TRY = defineScript(
  'reserve-try',
  `${COMMON_LUA}
local now, windowMs = clock(ARGV[1]), tonumber(ARGV[4])
local function current(f)
  local tries, untilMs = num(f.tries), num(f['until'])
  -- A window that ends later than any window can comes from a clock that has jumped back.
  if untilMs <= now or untilMs > now + windowMs then return 0, now + windowMs end
  return tries, untilMs
end
if redis.call('EXISTS', KEYS[3]) == 1 then return {'reserved'} end
evenWhenFull(1)
local mine, mineUntil = current(read(KEYS[1], 'tries', 'until'))
local all, allUntil = current(read(KEYS[2], 'tries', 'until'))
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
`,
)

/**
 * KEYS  1 HASH tries of the client · 2 HASH tries of all · 3 STRING this try
 * ARGV  1 window ms
 * Returns [returned]
 *         Only once, and only to the window that counted the try, not to a newer one. The mark of the try stays,
 *         in case a repeated call that reserved it arrives late.
 * Lifetime  the mark expires
 * Again     nothing is returned twice
 */
const RETURN_TRY = defineScript(
  'return-try',
  `${COMMON_LUA}
local ends = {string.match(redis.call('GET', KEYS[3]) or '', '^(%d+) (%d+)$')}
local windows = {read(KEYS[1], 'tries', 'until'), read(KEYS[2], 'tries', 'until')}
if not ends[1] then return {'returned'} end
evenWhenFull(1)
for i = 1, 2 do
  local f = windows[i]
  if f['until'] == ends[i] and num(f.tries) > 0 then redis.call('HINCRBY', KEYS[i], 'tries', -1) end
end
redis.call('SET', KEYS[3], 'returned', 'PX', ARGV[1])
return {'returned'}
`,
)

/** A counted try; `giveBackTry` subtracts it again. */
export interface Try {
  word: 'reserved'
  client: string
  id: string
}

/** Counts a try. @param client the client's address, hashed @throws StoreError: without the limit, no login */
export async function reserveTry(
  store: Store,
  client: string,
): Promise<Try | { word: 'limited'; waitMs: number }> {
  const id = randomUUID()
  const reply = await store.run(RESERVE_TRY, keysOf(store, { client, id }), [
    store.now(),
    String(TRIES_PER_CLIENT),
    String(TRIES_OVER_ALL),
    String(WINDOW_MS),
  ])
  const word = tagOf(reply, ['reserved', 'limited'])
  if (word === 'reserved') return { word, client, id }
  const waitMs = Number(reply[1])
  if (!Number.isFinite(waitMs)) throw new StoreError('unexpected_reply')
  return { word, waitMs }
}

/** Subtracts a successful try from the count. @throws StoreError */
export async function giveBackTry(store: Store, reserved: Try): Promise<void> {
  const limits = { timeoutMs: 1000, totalMs: 1000 }
  await store.run(RETURN_TRY, keysOf(store, reserved), [String(WINDOW_MS)], limits)
}

function keysOf({ keys }: Store, { client, id }: Pick<Try, 'client' | 'id'>): string[] {
  return [keys.loginTries(client), keys.allLoginTries, keys.acted(id)]
}
