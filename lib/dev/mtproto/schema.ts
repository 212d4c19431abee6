/** Reads requests: the library's own reader map knows what a server sends, not the methods that a client calls. */
import { createRequire } from 'node:module'
import type { TlBinaryReader } from '@mtcute/core/utils.js'

export interface Argument {
  name: string
  type: string
  typeModifiers?: { predicate?: string; isVector?: boolean; isBareVector?: boolean; isBareType?: boolean }
}
export interface Entry {
  kind: 'class' | 'method'
  name: string
  id: number
  type: string
  arguments: Argument[]
}
export interface TlRequest {
  _: string
  [name: string]: unknown
}

const require = createRequire(import.meta.url)
export const API = (require('@mtcute/core/tl/api-schema.json') as { e: Entry[] }).e
const METHODS = new Map(API.filter(({ kind }) => kind === 'method').map((entry) => [entry.id, entry]))

/** True for the id of a method of the API. */
export function isMethod(id: number): boolean {
  return METHODS.has(id)
}

/** Reads a method with its arguments, and the method that it wraps. @throws for an unknown one */
export function readMethod(reader: TlBinaryReader): TlRequest {
  const id = reader.uint()
  const entry = METHODS.get(id)
  if (!entry) throw new Error(`unknown method ${id.toString(16)}`)
  const request: TlRequest = { _: entry.name }
  const flags: Record<string, number> = {}
  for (const argument of entry.arguments) {
    const { name, type, typeModifiers } = argument
    if (type === '#') {
      flags[name] = reader.uint()
      continue
    }
    const predicate = typeModifiers?.predicate
    if (predicate !== undefined) {
      const [field = '', bit = '0'] = predicate.split('.')
      if (((flags[field] ?? 0) & (1 << Number(bit))) === 0) continue
    }
    request[camel(name)] = typeModifiers?.isVector
      ? reader.vector(() => readValue(reader, type))
      : readValue(reader, type)
  }
  return request
}

function readValue(reader: TlBinaryReader, type: string): unknown {
  switch (type) {
    case '!X':
      return readMethod(reader)
    case 'true':
      return true
    case 'Bool':
      return reader.boolean()
    case 'int':
      return reader.int()
    case 'int53':
      return reader.int53()
    case 'long':
      return reader.long()
    case 'double':
      return reader.double()
    case 'int256':
      return reader.int256()
    case 'string':
      return reader.string()
    case 'bytes':
      return reader.bytes()
    default:
      return reader.object()
  }
}

/** A name as the library spells it in objects. */
export function camel(name: string): string {
  return name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())
}
