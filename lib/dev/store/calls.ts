/** Recognises the script of a store call: the first comment of its text has the name. */

/** Upstash's flags, where they are sent, are the first line; the name follows. */
const NAME = /^(?:#![^\n]*\n)?-- evergram ([a-z-]+)\n/

/** @returns the name of the script that a REST body runs; null for any other call */
export function scriptOf(body: string): string | null {
  const [command, script] = JSON.parse(body) as unknown[]
  if (String(command).toUpperCase() !== 'EVAL') return null
  return NAME.exec(String(script))?.[1] ?? null
}

/** True when a REST body runs the script; with `word`, only where a key or an argument ends with it. */
export function isCallOf(body: string, name: string, word?: string): boolean {
  if (scriptOf(body) !== name) return false
  return word === undefined || hasWord(body, word)
}

/** True when a key or an argument of a call ends with the word. */
export function hasWord(body: string, word: string): boolean {
  const words = (JSON.parse(body) as (string | number | string[])[]).flat()
  return words.slice(2).some((one) => String(one).endsWith(word))
}
