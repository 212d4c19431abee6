/** The golden store in a real Redis: data as the code before a migration wrote it. */
import { PREFIX, type Dump, type Entry } from './dump.ts'
import { RespError, type RespClient } from './code.ts'
import { readGolden } from './files.ts'

/** What expires lives this long once it is loaded, in milliseconds: longer than any test. */
const EXPIRES_MS = 3600_000

/**
 * Writes the golden store under a prefix.
 * @param keyPrefix as `KEY_PREFIX` has it, without the colon behind it
 * @returns what was written, under the prefix of the file
 */
export async function loadGoldenStore(raw: RespClient, keyPrefix: string): Promise<Dump> {
  const dump = readGolden('store.json') as Dump
  const commands = Object.entries(dump).flatMap(([name, entry]) => {
    const key = keyPrefix + name.slice(PREFIX.length)
    return [write(key, entry), ...(entry.expires ? [['PEXPIRE', key, String(EXPIRES_MS)]] : [])]
  })
  for (const reply of await raw.pipeline(commands)) {
    if (reply instanceof RespError) throw new Error(reply.message)
  }
  return dump
}

function write(key: string, entry: Entry): string[] {
  if (entry.type === 'string') return ['SET', key, entry.value]
  if (entry.type === 'list') return ['RPUSH', key, ...entry.value]
  if (entry.type === 'hash') return ['HSET', key, ...Object.entries(entry.value).flat()]
  return ['ZADD', key, ...entry.value.flatMap(([member, score]) => [String(score), member])]
}
