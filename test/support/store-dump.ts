/** All data of a store, as text to search. */
import type { TestStore } from './store.ts'

const READ = {
  string: ['GET'],
  hash: ['HGETALL'],
  list: ['LRANGE', '0', '-1'],
  zset: ['ZRANGE', '0', '-1', 'WITHSCORES'],
  set: ['SMEMBERS'],
} as const

/** Keys read with one call. */
const BATCH = 1000

/** The keys under the store's prefix with their values, of every type; bytes as latin1. */
export async function everythingIn({ raw, prefix }: Pick<TestStore, 'raw' | 'prefix'>): Promise<string> {
  const keys = (await raw.command('KEYS', `${prefix}*`)) as Buffer[]
  const parts: string[] = []
  for (let first = 0; first < keys.length; first += BATCH) {
    const some = keys.slice(first, first + BATCH)
    const types = await raw.pipeline(some.map((key) => ['TYPE', key]))
    // A key that has expired meanwhile has no type.
    const reads = some.flatMap((key, index) => {
      const type = latin(types[index])
      if (!(type in READ)) return []
      const [command, ...args] = READ[type as keyof typeof READ]
      return [[command, key, ...args]]
    })
    parts.push(...some.map(latin), ...(await raw.pipeline(reads)).flat().map(latin))
  }
  return parts.join('\n')
}

function latin(word: unknown): string {
  return Buffer.isBuffer(word) ? word.toString('latin1') : JSON.stringify(word)
}
