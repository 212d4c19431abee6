/** Bodies that came with a valid secret and are no updates: counted, and the newest kept as samples. */
import type { CallOptions, Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

const SAMPLES = 20
const SAMPLE_CHARACTERS = 2000

/**
 * KEYS  1 LIST malformed · 2 HASH first shard
 * ARGV  1 now ms or '' · 2 reason and sample · 3 samples to keep
 * Returns [kept, count]
 * Again   counted and kept twice
 */
const KEEP_MALFORMED = defineScript(
  'keep-malformed',
  `${COMMON_LUA}
local count = redis.call('HINCRBY', KEYS[2], 'malformed', 1)
-- Where the key of the samples is of another type (an operator's edit), the body is only counted.
redis.pcall('LPUSH', KEYS[1], ms(clock(ARGV[1])) .. ' ' .. ARGV[2])
redis.pcall('LTRIM', KEYS[1], 0, tonumber(ARGV[3]) - 1)
return {'kept', count}
`,
)

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
    KEEP_MALFORMED,
    [keys.malformed, keys.shard(0)],
    [store.now(), `${reason}\n${body.slice(0, SAMPLE_CHARACTERS)}`, String(SAMPLES)],
    options,
  )
  tagOf(reply, ['kept'])
  return Number(reply[1])
}
