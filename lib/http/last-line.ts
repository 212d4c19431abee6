/** The last line of a request that failed: what no handler has told is told here, so that no fault is without a trace. */
import { readConfig, secretsIn, secretsOf, type Environment } from '../config.ts'
import { HttpError } from '../errors.ts'
import { createLogger, createRedactor, describeError, isLogged, LOG_LEVELS } from '../log.ts'

/** What the line needs of the platform. */
export interface LastLine {
  env: Environment
  /** Takes one line without its newline; standard output by default. */
  write?: (line: string) => void
}

/** Logs what a handler has thrown, unless it is an answer or a line has told it already. Never throws. */
export function tellFault(error: unknown, request: Request, { env, write }: LastLine): void {
  if (error instanceof HttpError || isLogged(error)) return
  try {
    const level = LOG_LEVELS.find((name) => name === env['LOG_LEVEL']?.trim()) ?? 'info'
    const redact = createRedactor([...derivedSecrets(env), ...secretsIn(env)])
    const log = createLogger({ level, redact, ...(write && { write }) })
    const { pathname } = new URL(request.url)
    // Described here, which leaves no mark on the error: a module that fails to load throws the same one again.
    const fields = { method: request.method, path: pathname.slice(0, 100), error: describeError(error) }
    log.error('request failed', fields)
  } catch {
    // The answer must leave, also where not even this can be told.
  }
}

/** Settings that are faulty derive nothing: the handler has not come to use them. */
function derivedSecrets(env: Environment): string[] {
  try {
    return secretsOf(readConfig(env))
  } catch {
    return []
  }
}
