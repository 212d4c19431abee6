/** Reads single shards, two for each tick of the panel, and all shards with the statistics of the last day. */
import { StoreError } from '../errors.ts'
import { SHARDS, type Reader, type Store } from '../redis.ts'
import { defineScript, tagOf } from '../script.ts'
import { SLOT_MS, SLOTS, readSlot, statsField, type Slot } from '../stats.ts'
import type { Flow } from './snapshot.ts'
import { breakerAt } from './bot-state.ts'

const FIELDS = [
  'pending',
  'accepted',
  'settled',
  'accepted_at',
  'settled_at',
  'swept_at',
  'status',
  'errors',
  'epoch',
  'breaker',
  'breaker_until',
  'reinitialized_at',
] as const

/** Times in ms since 1970; null for never. */
export interface Shard extends Flow {
  index: number
  /** The shard's copy of the bot's state. */
  bot: { status: string; errors: number; epoch: number; breaker: string; reinitializedAtMs: number | null }
  /** Oldest first, without empty ones. */
  slots: Slot[]
}

/**
 * Reads some shards with their present and previous slot: one REST round trip, one command each.
 * @param nowMs this instance's time: reading the store's costs one more command
 * @throws StoreError
 */
export async function readShards(
  store: Store & Reader,
  indices: readonly number[],
  nowMs: number,
): Promise<Shard[]> {
  const fields = [...FIELDS, statsField(nowMs - SLOT_MS), statsField(nowMs)]
  const rows = await store.readFields(
    indices.map((index) => ({ key: store.keys.shard(index), fields })),
    { timeoutMs: 2000, totalMs: 3000 },
  )
  return rows.map((row, at) => shardOf(indices[at] ?? 0, row, nowMs, 2))
}

/** Of a day's slots those that readShards reads: the present one and the one before it. */
export function latestSlots(slots: readonly Slot[], nowMs: number): Slot[] {
  const current = Math.floor(nowMs / SLOT_MS)
  return slots.filter(({ slot }) => slot === current || slot === current - 1)
}

const ROW = FIELDS.length + SLOTS

/**
 * KEYS  1… HASH every shard
 * ARGV  1 slots kept · 2 slot from which on the durations are wanted · 3… names of fields
 * Returns [shards, (the fields, then the slots; '' for none)… of each shard]
 *         The script cuts the durations off older slots: they are most of the text, and no view shows them.
 */
const READ_SHARDS = defineScript(
  'read-shards',
  `
local reply, slots, from = {'shards'}, tonumber(ARGV[1]), tonumber(ARGV[2])
local fields = {select(3, unpack(ARGV))}
for i = 0, slots - 1 do fields[#fields + 1] = 's:' .. i end
for i = 1, #KEYS do
  for at, value in ipairs(redis.call('HMGET', KEYS[i], unpack(fields))) do
    value = value or ''
    if at > #ARGV - 2 then
      local slot, counts = string.match(value, '^(%d+)( %d+ %d+ %d+ %d+) ')
      if slot and tonumber(slot) < from then value = slot .. counts .. ' - -' end
    end
    reply[#reply + 1] = value
  end
end
return reply
`,
)

/**
 * Reads all shards with their slots of the last day, in one round trip.
 * @param nowMs the store's time, or this instance's
 * @param durationsMs how far back durations are wanted
 * @throws StoreError
 */
export async function readAllShards(store: Store, nowMs: number, durationsMs: number): Promise<Shard[]> {
  const from = Math.floor((nowMs - durationsMs) / SLOT_MS)
  const reply = await store.run(READ_SHARDS, store.keys.allShards, [String(SLOTS), String(from), ...FIELDS], {
    timeoutMs: 2000,
  })
  tagOf(reply, ['shards'])
  const values = reply.slice(1)
  if (values.length !== SHARDS * ROW) throw new StoreError('unexpected_reply')
  return store.keys.allShards.map((_, index) =>
    shardOf(index, values.slice(index * ROW, (index + 1) * ROW), nowMs, SLOTS),
  )
}

function shardOf(index: number, row: readonly (string | null)[], nowMs: number, slotCount: number): Shard {
  const word = (field: (typeof FIELDS)[number]) => row[FIELDS.indexOf(field)] ?? ''
  const number = (field: (typeof FIELDS)[number]) => Number(word(field)) || 0
  const time = (field: (typeof FIELDS)[number]) => number(field) || null
  const current = Math.floor(nowMs / SLOT_MS)
  return {
    index,
    pending: number('pending'),
    accepted: number('accepted'),
    settled: number('settled'),
    lastAcceptedAtMs: time('accepted_at'),
    lastSettledAtMs: time('settled_at'),
    lastSweepAtMs: time('swept_at'),
    bot: {
      status: word('status') || 'UNKNOWN',
      errors: number('errors'),
      epoch: number('epoch'),
      breaker: breakerAt(word('breaker'), number('breaker_until'), nowMs),
      reinitializedAtMs: time('reinitialized_at'),
    },
    slots: row
      .slice(FIELDS.length)
      .flatMap((text) => readSlot(text) ?? [])
      // A field that was not written today still holds a slot of an earlier day. A store whose clock is ahead of this
      // instance's writes the next slot already.
      .filter(({ slot }) => slot > current - slotCount && slot <= current + 1)
      .toSorted((a, b) => a.slot - b.slot),
  }
}
