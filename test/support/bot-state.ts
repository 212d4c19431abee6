/** Reads and sets the bot's state, of which every shard holds a copy. */
import { defineScript } from '../../lib/script.ts'
import type { VirtualStore } from './virtual.ts'

const FIELDS = [
  'info',
  'epoch',
  'status',
  'errors',
  'breaker',
  'breaker_until',
  'breaker_tries',
  'reinitialized_at',
  'finished_by',
] as const
export type BotFields = Partial<Record<(typeof FIELDS)[number], string>>

const WRITE = defineScript(
  'test',
  "for _, key in ipairs(KEYS) do redis.call('HSET', key, unpack(ARGV)) end return {'written'}",
)

/** Sets fields in every copy. */
export async function writeState(store: VirtualStore, fields: BotFields): Promise<void> {
  const flat = Object.entries(fields).flat()
  if (flat.length === 0) return
  await store.run(WRITE, store.keys.allShards, flat)
}

/** @throws where the copies differ */
export async function readState(store: VirtualStore): Promise<BotFields> {
  const copies = await Promise.all(store.keys.allShards.map((key) => store.fields(key)))
  const states = copies.map((all) => FIELDS.flatMap((name) => (name in all ? [[name, all[name]]] : [])))
  for (const other of states) {
    if (JSON.stringify(other) !== JSON.stringify(states[0])) throw new Error('the copies differ')
  }
  return Object.fromEntries(states[0] ?? []) as BotFields
}
