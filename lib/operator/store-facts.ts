/** Facts about the store, from INFO and DBSIZE. Unknown where the store refuses these commands. */
import { StoreError } from '../errors.ts'
import type { Reader } from '../redis.ts'

export interface StoreFacts {
  usedBytes: number | null
  /** Null also where there is no limit. */
  maxBytes: number | null
  /** Of the whole database. */
  keys: number | null
  evictionPolicy: string | null
}

const LIMITS = { timeoutMs: 1500, totalMs: 1500 }

/** Reads INFO and DBSIZE. Does not throw a StoreError: a fact that the store does not give is null. */
export async function readStoreFacts(store: Reader): Promise<StoreFacts> {
  const ask = async (...command: [string, ...string[]]): Promise<string> => {
    try {
      return await store.ask(command, LIMITS)
    } catch (error) {
      if (error instanceof StoreError) return ''
      throw error
    }
  }
  const [info, size] = await Promise.all([ask('INFO', 'memory'), ask('DBSIZE')])
  const line = (name: string) => new RegExp(`^${name}:(.+?)\\r?$`, 'm').exec(info)?.[1]?.trim() ?? null
  return {
    usedBytes: countOf(line('used_memory')),
    maxBytes: countOf(line('maxmemory')) || null,
    keys: countOf(size),
    evictionPolicy: line('maxmemory_policy'),
  }
}

function countOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
