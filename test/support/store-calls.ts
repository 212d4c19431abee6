/** Recognises the script of a store call. */
import { isCallOf, scriptOf } from '../../lib/dev/store/calls.ts'
import type { StoreCall } from './fault-front.ts'
import { scriptSources } from './scripts.ts'

export { hasWord } from '../../lib/dev/store/calls.ts'

const NAMES: ReadonlySet<string> = new Set(scriptSources().map(({ name }) => name))

/**
 * True when a call runs this script; with `word`, only where one of its keys or arguments ends with it.
 * @throws Error for a name that no script has, so that a test cannot wait for it, or be sure of its absence, in vain
 */
export function isCall({ body }: StoreCall, name: string, word?: string): boolean {
  if (!NAMES.has(name)) throw new Error(`no script is called ${name}`)
  return isCallOf(body, name, word)
}

/** The name of the script that a call runs, or of its commands: equal for two calls that do the same to other keys. */
export function nameOf(body: string): string {
  const [first, second, ...rest] = JSON.parse(body) as unknown[]
  if (Array.isArray(first)) return [first, second, ...rest].map((one) => (one as string[])[0]).join(' ')
  return scriptOf(body) ?? `${String(first)} ${String(second)}`.slice(0, 60)
}
