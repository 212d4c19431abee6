/** Arbitrary updates for fuzzing: mutated valid updates, updates from the Bot API's schema, and bodies that are none. */
import * as fc from 'fast-check'
import { schema } from './schema.ts'

/** Ids: Telegram's have up to 52 significant bits; some here are negative, and some are invalid. */
export const anyId = fc.oneof(
  { weight: 4, arbitrary: fc.maxSafeInteger() },
  { weight: 4, arbitrary: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 50 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 2 ** 53, -(2 ** 53), 1e300, 1.5, 2 ** 52, -(2 ** 52)) },
)

/** Text that breaks careless code: lone surrogates, NULs, characters that change the text direction. */
export const anyText = fc.oneof(
  fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        '\ud800',
        '\udfff',
        '\u0000',
        '\u202e',
        '\u2066',
        '\u2028',
        '\u200d',
        '\ufeff',
        '😀',
        '\u{10ffff}',
      ),
      fc.constantFrom('\r', '\n', '\u001b[2J', '"', '\\', '<', '&', '*', '_', '`', '%', '{', '/'),
      fc.string({ minLength: 1, maxLength: 3 }),
    ),
    maxLength: 40,
  }),
  fc.constantFrom(
    '/ping',
    '/ping \ud83d',
    '/start x',
    '/language',
    '/help@',
    '/',
    '__proto__',
    'constructor',
  ),
  fc.integer({ min: 4000, max: 5000 }).map((length) => '😀'.repeat(length)),
)

const anyKey = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'message',
    'chat',
    'id',
  ),
  fc.string({ maxLength: 6 }),
)

/** Any JSON value, as its text: also with keys that an object literal could not have. */
const anyJsonText: fc.Arbitrary<string> = fc.letrec<{ value: string; list: string; object: string }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('null', 'true', 'false', '{}', '[]', '1e400', '-0'),
      anyId.map(String),
      anyText.map((text) => JSON.stringify(text)),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    object: fc
      .array(fc.tuple(anyKey, tie('value')), { maxLength: 5 })
      .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
  }),
).value

/** Puts a new id into a text that is an object, so that it is accepted and processed. */
const withId = (updateId: number, text: string) => `{"update_id":${updateId},${text.slice(1)}`

/** Bodies, most of which are no updates. */
export const junk: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  anyJsonText,
  fc.json(),
  anyText,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
  fc
    .tuple(
      fc.constantFrom('[', '{"a":', '{"__proto__":', '[{"message":'),
      fc.integer({ min: 1, max: 30_000 }),
    )
    .map(([open, depth]) => `{"update_id":1,"message":${open.repeat(depth)}`),
  fc
    .tuple(fc.constantFrom<[string, string]>(['[', ']'], ['{"a":', '}']), fc.integer({ min: 1, max: 30_000 }))
    .map(
      ([[open, close], depth]) => `{"update_id":2,"message":${open.repeat(depth)}0${close.repeat(depth)}}`,
    ),
)

/** Objects with any content and a new id. */
export const shapeless = (nextId: () => number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(
        'message',
        'edited_message',
        'callback_query',
        'my_chat_member',
        'inline_query',
        '__proto__',
      ),
      anyJsonText,
    )
    .map(([kind, inside]) => withId(nextId(), `{"${kind}":${inside}}`))

/** An update with some of its values replaced, removed or moved. */
export function mutated(
  updates: readonly Record<string, unknown>[],
  nextId: () => number,
): fc.Arbitrary<string> {
  const mutation = fc.record({
    at: fc.nat(),
    value: fc.oneof(
      anyJsonText,
      anyId.map(String),
      anyText.map((text) => JSON.stringify(text)),
      fc.constant(''),
    ),
  })
  return fc
    .tuple(fc.constantFrom(...updates), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([update, mutations]) => {
      let text = JSON.stringify({ ...update, update_id: undefined })
      for (const { at, value } of mutations) text = mutate(text, at, value)
      return withId(nextId(), text === '{}' ? '{"message":{}}' : text)
    })
}

/** Replaces the value of the n-th key of a text; an empty value removes the key. */
function mutate(text: string, at: number, value: string): string {
  const keys = [...text.matchAll(/"(?:[^"\\]|\\.)*":/g)]
  const key = keys[at % Math.max(keys.length, 1)]
  if (!key) return text
  let count = -1
  const target = at % keys.length
  const parsed = JSON.parse(text, function reviver(this: unknown, _name, inner: unknown) {
    count++
    if (count !== target) return inner
    if (value === '') return undefined
    try {
      return JSON.parse(value) as unknown
    } catch {
      return value
    }
  }) as unknown
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  return isObject ? JSON.stringify(parsed) : text
}

const PRIMITIVES: Record<string, fc.Arbitrary<unknown>> = {
  Integer: anyId,
  Float: fc.double({ noNaN: true, noDefaultInfinity: true }),
  String: anyText,
  Boolean: fc.boolean(),
}

/** Updates that are valid by the Bot API, with any values in their fields. Null without the schema. */
export function fromSchema(nextId: () => number): fc.Arbitrary<string> | null {
  if (schema === null) return null
  const { types } = schema
  const valueOf = (type: string, depth: number): fc.Arbitrary<unknown> => {
    if (type.startsWith('Array of ')) {
      return fc.array(valueOf(type.slice('Array of '.length), depth - 1), { maxLength: depth > 0 ? 2 : 0 })
    }
    const primitive = PRIMITIVES[type]
    if (primitive) return primitive
    const { fields = [], subtypes } = types[type] ?? {}
    if (subtypes) return fc.constantFrom(...subtypes).chain((subtype) => valueOf(subtype, depth - 1))
    const needed = fields.filter(({ required }) => required)
    const possible = depth > 0 ? fields.filter(({ required }) => !required) : []
    return fc.subarray(possible, { maxLength: Math.min(possible.length, 4) }).chain((chosen) =>
      fc
        .tuple(
          ...[...needed, ...chosen].map(({ name, types: [first = 'String'] }) =>
            // Required fields can be recursive.
            (depth > -3 ? valueOf(first, depth - 1) : fc.constant(null)).map(
              (value) => [name, value] as const,
            ),
          ),
        )
        .map((entries) => Object.fromEntries(entries)),
    )
  }
  const kinds = (types['Update']?.fields ?? []).filter(({ name }) => name !== 'update_id')
  // Kinds that the bot handles are more frequent.
  const handled = kinds.filter(({ name }) =>
    /^(message|edited_message|callback_query|my_chat_member)$/.test(name),
  )
  return fc
    .oneof(fc.constantFrom(...handled), fc.constantFrom(...kinds))
    .chain(({ name, types: [type = 'Message'] }) =>
      valueOf(type, 3).map((inside) => JSON.stringify({ update_id: nextId(), [name]: inside })),
    )
}
