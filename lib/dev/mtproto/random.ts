/** Random valid objects of any type of the schema, to show that nothing Telegram may send breaks the mapping. */
import { Long } from '@mtcute/core'
import { __tlWriterMap } from '@mtcute/core/utils.js'
import { API, camel, type Argument, type Entry } from './schema.ts'

const DEEP = 5
const TEXTS = ['', 'a', '<b>&"\u0000', 'слово', '👩‍👩‍👧‍👦', '\ud800', 'x'.repeat(300)]

const CLASSES = new Map<string, Entry[]>()
for (const entry of API) {
  // The schema also lists classes of the library's own, which never go over the wire.
  if (entry.kind === 'class' && entry.name in __tlWriterMap)
    CLASSES.set(entry.type, [...(CLASSES.get(entry.type) ?? []), entry])
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** @param type as the schema names it, `messages.Dialogs`; or one constructor's name */
export function randomObject(random: () => number, type: string, depth = 0): { _: string } {
  const classes = CLASSES.get(type) ?? API.filter(({ kind, name }) => kind === 'class' && name === type)
  const entry = depth > DEEP ? simplest(classes) : classes[Math.floor(random() * classes.length)]
  if (!entry) throw new Error(`the schema has no type ${type}`)
  const object: { _: string; [name: string]: unknown } = { _: entry.name }
  // Several arguments may hang on one flag: they are there together or not at all.
  const flags = new Map<string, boolean>()
  for (const argument of entry.arguments) {
    if (argument.type === '#') continue
    const predicate = argument.typeModifiers?.predicate
    if (predicate !== undefined) {
      if (!flags.has(predicate)) flags.set(predicate, depth <= DEEP && random() < 0.6)
      if (!flags.get(predicate)) continue
    }
    object[camel(argument.name)] = randomValue(random, argument, depth)
  }
  return object
}

function simplest(classes: readonly Entry[]): Entry | undefined {
  const needed = ({ arguments: all }: Entry) =>
    all.filter(({ typeModifiers }) => typeModifiers?.predicate === undefined).length
  return [...classes].sort((a, b) => needed(a) - needed(b))[0]
}

function randomValue(random: () => number, { type, typeModifiers }: Argument, depth: number): unknown {
  if (typeModifiers?.isVector) {
    const length = depth > DEEP ? 0 : Math.floor(random() * 3)
    return Array.from({ length }, () => randomValue(random, { name: '', type }, depth))
  }
  const whole = (range: number) => Math.floor(random() * range)
  switch (type) {
    case 'true':
      return true
    case 'Bool':
      return random() < 0.5
    case 'int':
      return whole(2 ** 32) - 2 ** 31
    case 'int53':
      return whole(2 ** 51)
    case 'long':
      return new Long(whole(2 ** 32) | 0, whole(2 ** 32) | 0)
    case 'double':
      return [0, -1.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY][whole(5)]
    case 'string':
      return TEXTS[whole(TEXTS.length)]
    case 'bytes':
      return Buffer.alloc(whole(20), whole(256))
    case 'int128':
      return Buffer.alloc(16, whole(256))
    case 'int256':
      return Buffer.alloc(32, whole(256))
    default:
      return randomObject(random, type, depth + 1)
  }
}
