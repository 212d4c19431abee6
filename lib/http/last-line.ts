/** Logs exceptions that no handler has logged. */
import { readConfig, secretsIn, secretsOf, type Environment } from '../config.ts'
import { HttpError } from '../errors.ts'
import { createLogger, createRedactor, describeError, isLogged, LOG_LEVELS } from '../log.ts'

export interface LastLine {
  env: Environment
  /** Takes one line without its newline; standard output by default. */
  write?: (line: string) => void
}

/** Logs an exception of a handler, unless it is an HttpError or already logged. Never throws. */
export function tellFault(error: unknown, request: Request, { env, write }: LastLine): void {
  if (error instanceof HttpError || isLogged(error)) return
  try {
    const level = LOG_LEVELS.find((name) => name === env['LOG_LEVEL']?.trim()) ?? 'info'
    const redact = createRedactor([...derivedSecrets(env), ...secretsIn(env)])
    const log = createLogger({ level, redact, ...(write && { write }) })
    const { pathname } = new URL(request.url)
    // describeError() sets no "logged" mark: a module that fails to load throws the same error at each request.
    const fields = {
      method: request.method,
      path: redact(pathname).slice(0, 100),
      error: describeError(error, redact),
    }
    log.error('request failed', fields)
  } catch {
    // The answer must be sent even if the logging fails.
  }
}

/** The derived secrets; none where the settings are faulty, because the handler could not derive any. */
function derivedSecrets(env: Environment): string[] {
  try {
    return secretsOf(readConfig(env))
  } catch {
    return []
  }
}
