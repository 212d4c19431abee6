/** Structured logs: one JSON object a line, without the secrets in any of their encodings. */
import { StoreError } from './errors.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type Fields = Record<string, unknown>
/** Replaces the secrets in a text; see createRedactor. */
export type Redact = (text: string) => string

export interface Logger {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
  /** A logger whose lines all carry `fields`. */
  with(fields: Fields): Logger
}

/**
 * @param options.redact removes the secrets from a line; see createRedactor
 * @param options.write takes one line without its newline; standard output by default
 */
export function createLogger(options: {
  level: LogLevel
  redact: Redact
  write?: (line: string) => void
  fields?: Fields
}): Logger {
  // oxlint-disable-next-line no-console -- the one place that writes logs
  const write = options.write ?? ((line: string) => console.log(line))
  const least = LOG_LEVELS.indexOf(options.level)
  const plain = plainWith(options.redact)
  const make = (base: Fields): Logger => {
    const at = (level: LogLevel) => (event: string, fields?: Fields) => {
      if (LOG_LEVELS.indexOf(level) < least) return
      const line = { level, time: new Date().toISOString(), event, ...base, ...fields }
      write(options.redact(JSON.stringify(line, plain)))
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => make({ ...base, ...fields }),
    }
  }
  return make(options.fields ?? {})
}

/** Marks an error as logged. The mark is on the error, because modules hold no mutable state. */
const TOLD = Symbol('told')

/** True for an error that a logger has already written: the last handler does not log it again. */
export function isLogged(error: unknown): boolean {
  return error instanceof Error && TOLD in error
}

/** Replacer for JSON.stringify: errors become plain fields, 64-bit integers become digits. */
function plainWith(redact: Redact) {
  return (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return value.toString()
    if (!(value instanceof Error)) return value
    Reflect.defineProperty(value, TOLD, { value: true })
    return describeError(value, redact)
  }
}

/**
 * An error as log fields: name, code, message, stack, and its cause three levels deep.
 * The code that throws keeps users' text out of the message. A TypeError of a handler names code, not data.
 * @param redact removes the secrets from the message before it is cut: of half a secret nothing would be recognised
 */
export function describeError(error: unknown, redact: Redact, depth = 0): Fields {
  if (!(error instanceof Error)) return { name: typeof error, message: 'a value that is no Error was thrown' }
  const code = (error as { code?: unknown }).code
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    // A parser's message quotes its input, which may be a user's text.
    message:
      error instanceof SyntaxError ? 'a text could not be parsed' : redact(error.message).slice(0, 500),
    // Such an error names its place; the stack would only show the client.
    ...(error instanceof StoreError ? {} : { stack: framesOf(error) }),
    ...(error.cause !== undefined && depth < 3
      ? { cause: describeError(error.cause, redact, depth + 1) }
      : {}),
  }
}

/** The frames of a stack, without the message that stands before them. */
function framesOf({ message, stack = '' }: Error): string {
  const lines = stack.replace(message, '').split('\n')
  return lines
    .filter((line) => /^\s*at /.test(line))
    .slice(0, 8)
    .join('\n')
}

/**
 * A function that replaces every secret value in a text, also where the text holds it percent-encoded (as URLs do it,
 * or each byte) or in hex, with digits of either case, JSON-escaped, or in base64 at any of the three alignments.
 * Secrets under 6 characters are ignored.
 */
export function createRedactor(secrets: readonly string[]): Redact {
  const forms = new Set<string>()
  for (const secret of secrets.filter((value) => value.length >= 6)) {
    const bytes = Buffer.from(secret)
    forms.add(secret)
    forms.add(JSON.stringify(secret).slice(1, -1))
    const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
    const escaped = encodeURIComponent(secret)
    forms.add(escaped)
    forms.add(escaped.replaceAll(/%[\dA-F]{2}/g, (each) => each.toLowerCase()))
    for (const hex of [pairs, pairs.map((pair) => pair.toUpperCase())]) {
      forms.add(hex.join(''))
      forms.add(hex.map((pair) => `%${pair}`).join(''))
    }
    for (let shift = 0; shift < 3; shift++) {
      // Cut the characters at both ends that also depend on the neighbouring bytes.
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString('base64')
        .replace(/=+$/, '')
      const inner = encoded.slice(
        shift === 0 ? 0 : shift + 1,
        (shift + bytes.length) % 3 === 0 ? undefined : -1,
      )
      if (inner.length < 6) continue
      forms.add(inner)
      forms.add(inner.replaceAll('+', '-').replaceAll('/', '_'))
    }
  }
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((clean, form) => clean.replaceAll(form, '[secret]'), text)
}
