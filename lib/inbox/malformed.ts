/** Bodies that came under a valid secret and were no update: counted, and the newest kept as samples. */
import type { Store } from '../redis.ts'
import { PRELUDE, tagOf } from './lua.ts'
import type { CallOptions } from './types.ts'

const SAMPLES = 20
const SAMPLE_CHARACTERS = 2000

/**
 * KEYS  1 LIST malformed · 2 HASH first shard
 * ARGV  1 now ms or '' · 2 reason and sample · 3 samples to keep
 * Returns [kept, count]
 */
const SCRIPT = `${PRELUDE}
local count = redis.call('HINCRBY', KEYS[2], 'malformed', 1)
-- Where the samples' key is of another type (an operator's edit), counting must do.
redis.pcall('LPUSH', KEYS[1], ms(clock(ARGV[1])) .. ' ' .. ARGV[2])
redis.pcall('LTRIM', KEYS[1], 0, tonumber(ARGV[3]) - 1)
return {'kept', count}
`

/**
 * Keeps the beginning of a malformed body.
 * @returns how many have come so far
 * @throws StoreError
 */
export async function keepMalformed(
  store: Store,
  reason: string,
  body: string,
  options?: CallOptions,
): Promise<number> {
  const { keys } = store
  const reply = await store.run(
    SCRIPT,
    [keys.malformed, keys.shard(0)],
    [store.now(), `${reason}\n${body.slice(0, SAMPLE_CHARACTERS)}`, String(SAMPLES)],
    options,
  )
  tagOf(reply, ['kept'])
  return Number(reply[1])
}
