/** A store as JSON: key -> type, value, and whether it expires. Written under the prefix of a deployment, `evergram`. */
import { RespError, type RespClient, type RespReply } from './code.ts'

export const PREFIX = 'evergram'

export type Entry = (
  | { type: 'string'; value: string }
  | { type: 'hash'; value: Record<string, string> }
  | { type: 'list'; value: string[] }
  | { type: 'zset'; value: [member: string, score: number][] }
) & { expires?: true }
export type Dump = Record<string, Entry>

const READS: Record<string, readonly string[]> = {
  string: ['GET'],
  hash: ['HGETALL'],
  list: ['LRANGE', '0', '-1'],
  zset: ['ZRANGE', '0', '-1', 'WITHSCORES'],
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** Dumps every key under a prefix, in a stable order; random ids are numbered. @throws for a type it does not know */
export async function dumpStore(raw: RespClient, keyPrefix: string): Promise<Dump> {
  const keys = wordsOf(await raw.command('KEYS', `${keyPrefix}:*`))
  const replies = await raw.pipeline(
    keys.flatMap((key) => [
      ['TYPE', key],
      ['PTTL', key],
    ]),
  )
  const types = keys.map((_, index) => wordOf(replies[index * 2]))
  const values = await raw.pipeline(
    keys.map((key, index) => {
      const [command, ...args] = READS[types[index] ?? ''] ?? []
      if (command === undefined) throw new Error(`the dump does not know the type of ${key}: ${types[index]}`)
      return [command, key, ...args]
    }),
  )
  const entries = keys.map((key, index): [string, Entry] => {
    const expires = Number(replies[index * 2 + 1]) >= 0 ? { expires: true as const } : {}
    return [
      PREFIX + key.slice(keyPrefix.length),
      { ...entryOf(types[index] ?? '', values[index]), ...expires },
    ]
  })
  return numbered(entries)
}

function entryOf(type: string, reply: RespReply | undefined): Entry {
  if (type === 'string') return { type, value: wordOf(reply) }
  const words = wordsOf(reply)
  if (type === 'list') return { type, value: words }
  const pairs = words.flatMap((word, index) =>
    index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [],
  )
  if (type === 'zset') return { type, value: pairs.map(([member, score]) => [member, Number(score)]) }
  return { type: 'hash', value: Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

/** Sorts the keys. Random ids become numbers: those in keys in the order of what the keys hold. */
function numbered(entries: [string, Entry][]): Dump {
  const plain = (text: string) => text.replaceAll(UUID, '')
  const order = ([key, { value }]: [string, Entry]) => `${plain(key)} ${plain(JSON.stringify(value))}`
  const sorted = entries
    .map((entry) => [order(entry), entry] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => entry)
  const known = new Map<string, string>()
  const text = JSON.stringify(sorted).replaceAll(UUID, (id) => {
    const number = known.get(id) ?? `00000000-0000-4000-8000-${String(known.size + 1).padStart(12, '0')}`
    known.set(id, number)
    return number
  })
  return Object.fromEntries(JSON.parse(text) as [string, Entry][])
}

function wordsOf(reply: RespReply | undefined): string[] {
  if (reply instanceof RespError) throw new Error(reply.message)
  return (reply as RespReply[]).map(wordOf)
}

function wordOf(reply: RespReply | undefined): string {
  if (typeof reply === 'number' || Buffer.isBuffer(reply) || typeof reply === 'string')
    return reply.toString()
  throw new Error('one word was expected')
}
