/**
 * Checks calls and objects against the Bot API's schema, `../shared/telegram/api.json` beside the
 * checkout. Where that file is missing, every check returns null, and tests are reported as skipped.
 */
import { existsSync, readFileSync } from 'node:fs'

interface Field {
  name: string
  types: string[]
  required: boolean
  description: string
}

interface Schema {
  methods: Record<string, { returns: string[]; fields?: Field[] }>
  types: Record<string, { fields?: Field[]; subtypes?: string[] }>
}

const SCHEMA_URL = new URL('../../../shared/telegram/api.json', import.meta.url)

/** The schema; null where there is none. */
export const schema: Schema | null = existsSync(SCHEMA_URL)
  ? (JSON.parse(readFileSync(SCHEMA_URL, 'utf8')) as Schema)
  : null

/**
 * What is wrong with an outgoing call: unknown method or parameter, missing required parameter,
 * value of a wrong type, nested objects included. Objects may stand as JSON text, an upload as any
 * object. Null without the schema.
 */
export function checkCall(method: string, params: Record<string, unknown>): string[] | null {
  if (schema === null) return null
  const known = schema.methods[method]
  if (known === undefined) return [`${method}: no such method`]
  return checkFields(schema, known.fields ?? [], params, method, true)
}

/** Checks a value against a type such as `Message` or `Array of Update`; returns the faults. */
export function checkType(type: string, value: unknown): string[] | null {
  return schema === null ? null : checkValue(schema, type, value, type)
}

/** The discriminating values of a union type such as `ChatMember`. */
export function constantsOf(type: string): string[] | null {
  if (schema === null) return null
  const { types } = schema
  const fields = (types[type]?.subtypes ?? []).flatMap((subtype) => types[subtype]?.fields ?? [])
  return fields.map(constantOf).filter((constant) => constant !== undefined)
}

function checkFields(
  schema: Schema,
  fields: Field[],
  object: Record<string, unknown>,
  path: string,
  isCall = false,
): string[] {
  const faults: string[] = []
  const byName = new Map(fields.map((field) => [field.name, field]))
  for (const [name, value] of Object.entries(object)) {
    const field = byName.get(name)
    if (field === undefined) faults.push(`${path}: unknown ${isCall ? 'parameter' : 'field'} "${name}"`)
    else if (value !== undefined) faults.push(...checkField(schema, field, value, `${path}.${name}`, isCall))
  }
  for (const { name, required } of fields) {
    if (required && object[name] === undefined) faults.push(`${path}: "${name}" is missing`)
  }
  return faults
}

function checkField(schema: Schema, field: Field, value: unknown, path: string, isCall: boolean): string[] {
  const asText = isCall && typeof value === 'string' && !field.types.includes('String')
  const parsed = asText ? parseJson(value) : value
  const constant = constantOf(field)
  if (constant !== undefined && parsed !== constant) return [`${path}: "${constant}" expected`]
  return bestOf(field.types.map((type) => checkValue(schema, type, parsed, path)))
}

/** The only value that a discriminating field may have, from its description. */
function constantOf({ name, description }: Field): string | undefined {
  if (!['type', 'status', 'source'].includes(name)) return undefined
  return /(?:always|must be) ["“]?([a-z_]+)["”]?/.exec(description)?.[1]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Of the findings for several possible types the shortest: the type that was probably meant. */
const bestOf = (findings: string[][]): string[] =>
  findings.reduce((best, next) => (next.length < best.length ? next : best), findings[0] ?? [])

const PRIMITIVES: Record<string, (value: unknown) => boolean> = {
  Integer: (value) => Number.isSafeInteger(value),
  Float: (value) => Number.isFinite(value),
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  InputFile: (value) => typeof value === 'object' && value !== null,
}

function checkValue(schema: Schema, type: string, value: unknown, path: string): string[] {
  if (type.startsWith('Array of ')) {
    if (!Array.isArray(value)) return [`${path}: ${type} expected`]
    const element = type.slice('Array of '.length)
    return value.flatMap((entry, index) => checkValue(schema, element, entry, `${path}[${index}]`))
  }
  const isPrimitive = PRIMITIVES[type]
  if (isPrimitive !== undefined) return isPrimitive(value) ? [] : [`${path}: ${type} expected`]
  const definition = schema.types[type]
  if (definition === undefined) return [`${path}: no such type ${type}`]
  if (definition.subtypes !== undefined) {
    return bestOf(definition.subtypes.map((subtype) => checkValue(schema, subtype, value, path)))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path}: ${type} expected`]
  return checkFields(schema, definition.fields ?? [], value as Record<string, unknown>, path)
}
