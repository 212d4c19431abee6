import type { RawParameters, Upload } from './body.ts'
import { badRequest } from './errors.ts'
import { METHODS, type MethodName, type ParameterKind } from './methods-table.ts'

/** The parameters of one call, converted to their kinds. A file is an {@link Upload}. */
export type Params = Record<string, unknown>

const WHEN_MISSING: Record<string, string> = {
  chat_id: 'chat_id is empty',
  text: 'message text is empty',
  message_id: 'message identifier is not specified',
  document: 'there is no document in the request',
  photo: 'there is no photo in the request',
  voice: 'there is no voice in the request',
}

const WHEN_NOT_JSON: Record<string, string> = {
  reply_markup: "can't parse reply keyboard markup JSON object",
}

/**
 * Checks a call against the method table and converts its values to the declared kinds.
 * Ignores a parameter that the method does not have, like Telegram, but reports it to `violation`.
 * @throws {ApiError} 400 for a missing required parameter or a value of the wrong kind
 */
export function coerceParameters(
  method: MethodName,
  raw: RawParameters,
  violation: (what: string) => void,
): Params {
  const declared = METHODS.get(method) ?? new Map()
  const params: Params = {}
  for (const [name, value] of [...raw.values, ...raw.uploads]) {
    const parameter = declared.get(name)
    // telegraf repeats the method's name in multipart bodies; Telegram allows this in all calls.
    if (name === 'method' || value === null || value === undefined) continue
    if (parameter !== undefined) params[name] = coerce(name, parameter.kind, value, raw)
    else if (!isAttached(name, raw)) violation(`${method}: unknown parameter "${name}"`)
  }
  for (const [name, parameter] of declared) {
    if (parameter.required && params[name] === undefined) {
      throw badRequest(WHEN_MISSING[name] ?? `parameter "${name}" is required`)
    }
  }
  return params
}

const isAttached = (name: string, raw: RawParameters): boolean =>
  raw.uploads.has(name) &&
  [...raw.values.values()].some((value) => asText(value).includes(`attach://${name}`))

function coerce(name: string, kind: ParameterKind, value: unknown, raw: RawParameters): unknown {
  switch (kind) {
    case 'str':
      return text(value)
    case 'int':
      return integer(name, value)
    case 'bool':
      return value === true || /^(true|yes|1)$/i.test(asText(value))
    case 'chat':
      return typeof value === 'string' && value.startsWith('@') ? value : chatId(value)
    case 'json':
      return json(name, value)
    case 'file':
      return file(value, raw)
    default:
      return kind satisfies never
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function text(value: unknown): string {
  const string = asText(value)
  // Half of a surrogate pair: the text was cut inside a character.
  if (/\p{Surrogate}/u.test(string)) throw badRequest('strings must be encoded in UTF-8')
  return string
}

function integer(name: string, value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number
  throw badRequest(`invalid parameter "${name}": integer expected`)
}

function chatId(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value
  if (number === '') throw badRequest('chat_id is empty')
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number
  throw badRequest('chat not found')
}

function json(name: string, value: unknown): unknown {
  const wrong = (): Error => badRequest(WHEN_NOT_JSON[name] ?? `can't parse ${name} JSON object`)
  let parsed: unknown = value
  if (typeof value === 'string') {
    // In forms, an empty string means "not given".
    if (value === '') return undefined
    try {
      parsed = JSON.parse(value)
    } catch {
      throw wrong()
    }
  }
  if (typeof parsed !== 'object' || parsed === null) throw wrong()
  return parsed
}

function file(value: unknown, raw: RawParameters): string | Upload {
  if (typeof value === 'object') return value as Upload
  const attached = /^attach:\/\/(.+)$/.exec(asText(value))?.[1]
  return attached === undefined ? asText(value) : (raw.uploads.get(attached) ?? '')
}

/** The parameters for the record, without the bytes of uploads. */
export function withoutBytes(params: Params): Params {
  const plain: Params = {}
  for (const [name, value] of Object.entries(params)) {
    plain[name] = isUpload(value) ? { file_name: value.fileName, size: value.bytes.length } : value
  }
  return plain
}

export const isUpload = (value: unknown): value is Upload =>
  typeof value === 'object' && value !== null && 'bytes' in value && Buffer.isBuffer(value.bytes)
