/** What a call of the store says, read from outside: its script's name, its arguments, the words of its answer. */
import { scriptOf } from '../store/calls.ts'

export interface StoreRequest {
  /** A script's name, or the command where it runs none of our scripts. */
  operation: string
  /** The script's ARGV. */
  args: string[]
}

/** @returns null where the request is none to the store */
export function readStoreRequest(init: RequestInit | undefined): StoreRequest | null {
  const body = init?.body
  if (typeof body !== 'string' || !body.startsWith('["')) return null
  let command: unknown[]
  try {
    command = JSON.parse(body) as unknown[]
  } catch {
    return null
  }
  const [name, , count, ...rest] = command
  if (!/^eval$/i.test(String(name))) return { operation: String(name).toLowerCase(), args: [] }
  return { operation: scriptOf(body) ?? 'script', args: rest.slice(Number(count)).map(String) }
}

/** The words of a 200's body; null for anything else. */
export function readWords(text: string, isBase64: boolean): string[] | null {
  try {
    const { result } = JSON.parse(text) as { result?: unknown }
    if (!Array.isArray(result)) return null
    return result.map((word: unknown) =>
      typeof word === 'string' && isBase64 ? Buffer.from(word, 'base64').toString() : String(word),
    )
  } catch {
    return null
  }
}

/** What a store call means for an update. */
export interface Meaning {
  /** Decimal digits, as in the store. */
  updateId: string
  chatKey: string
  name: 'accepted' | 'leased' | 'settled' | 'failed' | 'dead' | 'lost'
  title: string
}

/** @returns in order; empty where the call concerns no update, or its answer is not one of ours */
export function meaningOf({ operation, args }: StoreRequest, words: readonly string[]): Meaning[] {
  const [, chatKey = '', updateId = ''] = args
  const [word = ''] = words
  const leased = (head: string | undefined, attempt: string | undefined): Meaning[] =>
    head ? [{ updateId: head, chatKey, name: 'leased', title: `leased, attempt ${attempt}` }] : []
  const lost: Meaning[] = [
    { updateId, chatKey, name: 'lost', title: `the lease was lost (told at ${operation})` },
  ]
  switch (operation) {
    case 'accept': {
      const isNew = word === 'accepted'
      const title = isNew ? 'accepted' : 'a duplicate, accepted before'
      const accepted: Meaning = { updateId, chatKey, name: 'accepted', title }
      return [accepted, ...(words[1] === 'leased' ? leased(words[4], words[3]) : [])]
    }
    case 'take':
      return word === 'leased' ? leased(words[3], words[2]) : []
    case 'settle': {
      if (word === 'lost') return lost
      if (word !== 'settled') return []
      const settled: Meaning = { updateId, chatKey, name: 'settled', title: 'settled' }
      return [settled, ...(words[1] === 'next' ? leased(words[3], words[2]) : [])]
    }
    case 'fail': {
      if (word === 'lost') return lost
      const [, how, , , waitMs] = words
      if (how === 'dead') return [{ updateId, chatKey, name: 'dead', title: 'given up on: a dead letter' }]
      const title = `failed, waits ${Math.round(Number(waitMs) / 100) / 10} s`
      return [{ updateId, chatKey, name: 'failed', title }]
    }
    case 'renew':
      return word === 'lost' ? [{ ...lost[0]!, updateId: '' }] : []
    default:
      return []
  }
}
