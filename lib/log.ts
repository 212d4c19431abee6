/** Structured logs: one JSON object a line, with every secret value taken out in all its encodings. */
import { StoreError, TelegramRefused } from './errors.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type Fields = Record<string, unknown>

export interface Logger {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
  /** A logger whose lines all carry `fields`. */
  with(fields: Fields): Logger
}

/**
 * @param options.redact takes the secrets out of a line; see createRedactor
 * @param options.write takes one line without its newline; standard output by default
 */
export function createLogger(options: {
  level: LogLevel
  redact: (line: string) => string
  write?: (line: string) => void
  fields?: Fields
}): Logger {
  // oxlint-disable-next-line no-console -- the one place that writes logs
  const write = options.write ?? ((line: string) => console.log(line))
  const least = LOG_LEVELS.indexOf(options.level)
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

/** Marks an error that a line has told: on the error itself, because nothing mutable lives at module level. */
const TOLD = Symbol('told')

/** True for an error that a logger has written before: whoever catches it last need not tell it again. */
export function isLogged(error: unknown): boolean {
  return error instanceof Error && TOLD in error
}

/** JSON.stringify's replacer: errors become plain fields, 64-bit integers digits. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (!(value instanceof Error)) return value
  Reflect.defineProperty(value, TOLD, { value: true })
  return describeError(value)
}

/**
 * An error as log fields: name, code, message, stack, and its cause three levels deep.
 * Whoever throws keeps users' text out of messages; a TypeError out of a handler names code, not data.
 */
export function describeError(error: unknown, depth = 0): Fields {
  if (!(error instanceof Error)) return { name: typeof error, message: 'a value that is no Error was thrown' }
  const code = (error as { code?: unknown }).code
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    // A parser quotes what it could not read, and that may be a user's text.
    message: error instanceof SyntaxError ? 'a text could not be parsed' : error.message.slice(0, 500),
    // The boundary errors name their place themselves; a stack would only repeat the client's.
    ...(error instanceof StoreError || error instanceof TelegramRefused ? {} : { stack: framesOf(error) }),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  }
}

/** A stack's frames alone: before them the message comes again, over as many lines as it has. */
function framesOf({ message, stack = '' }: Error): string {
  const lines = stack.replace(message, '').split('\n')
  return lines
    .filter((line) => /^\s*at /.test(line))
    .slice(0, 8)
    .join('\n')
}

/**
 * A function that replaces every secret value in a text, also where the text holds it percent-encoded,
 * JSON-escaped, in hex, or in base64 at any of the three alignments. Secrets under 6 characters are ignored.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>()
  for (const secret of secrets.filter((value) => value.length >= 6)) {
    const bytes = Buffer.from(secret)
    forms.add(secret)
    forms.add(JSON.stringify(secret).slice(1, -1))
    forms.add(encodeURIComponent(secret))
    forms.add(bytes.toString('hex'))
    for (let shift = 0; shift < 3; shift++) {
      // The characters that the neighbouring bytes share are cut off at both ends.
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
