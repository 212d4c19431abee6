/** Which operation a call of the store is. */
import { isCallOf, operationOf, type Operation } from '../../lib/dev/store/calls.ts'
import type { StoreCall } from './fault-front.ts'

export type { Operation } from '../../lib/dev/store/calls.ts'

/** True when a call is this operation; with `word`, only where one of its keys or arguments ends with it. */
export function isCall({ body }: StoreCall, operation: Operation, word?: string): boolean {
  return isCallOf(body, operation, word)
}

/** What is equal for two calls that do the same to other keys: a script's text, or the names of commands. */
export function kindOf(body: string): string {
  const [first, script, ...rest] = JSON.parse(body) as unknown[]
  if (Array.isArray(first)) return [first, script, ...rest].map((one) => (one as string[])[0]).join(' ')
  return String(first).toUpperCase() === 'EVAL' ? String(script) : `${String(first)} ${String(script)}`
}

/** True when a key or an argument of a call ends with the word. */
export function hasWord(body: string, word: string): boolean {
  const words = (JSON.parse(body) as (string | number | string[])[]).flat()
  return words.slice(2).some((one) => String(one).endsWith(word))
}

/** For people: the operation, or else a word that the script answers, or the command. */
export function nameOf(body: string): string {
  const kind = kindOf(body)
  return (
    operationOf(body) ??
    kind
      .match(/\{'(\w+)'/g)
      ?.at(-1)
      ?.slice(2, -1) ??
    kind.slice(0, 60)
  )
}
