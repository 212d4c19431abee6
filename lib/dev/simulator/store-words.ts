/** A call of the store as it stands on the wire: its script's name, its arguments, the words of its answer. */
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
