/** Errors, one class for each boundary. Their messages never contain a secret or a user's text. */

/** The settings are missing or wrong. `problems` names every faulty variable and never shows a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]
  constructor(problems: readonly ConfigProblem[]) {
    super(`Configuration is incomplete: ${problems.map((p) => `${p.variable} ${p.problem}`).join('; ')}`)
    this.problems = problems
  }
}
export interface ConfigProblem {
  variable: string
  problem: string
}

/**
 * The store did not answer, or its answer has another form. `definite` is true when the store refused the command
 * (a script error, a wrong token), so a retry cannot help.
 * The client's message is dropped on purpose: it can contain the whole command with its payload.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: string
  readonly definite: boolean
  constructor(code: string, options: { definite?: boolean } = {}) {
    super(`The store failed: ${code}`)
    this.code = code
    this.definite = options.definite ?? false
  }
}

/** Telegram refused a call. */
export class TelegramRefused extends Error {
  override readonly name = 'TelegramRefused'
  readonly method: string
  readonly code: number
  readonly description: string
  /** `parameters.retry_after`, in seconds, of a 429. */
  readonly retryAfterSeconds: number | null
  /** `parameters.migrate_to_chat_id`: the supergroup that the group became. */
  readonly migrateToChatId: string | null
  /** The chat that the refused call was about, as its caller named it; null where it named none. */
  chatId: string | null = null
  constructor(
    method: string,
    code: number,
    description: string,
    parameters: { retryAfterSeconds?: number | null; migrateToChatId?: string | null } = {},
  ) {
    super(`Telegram refused ${method}: ${code} ${description}`)
    this.method = method
    this.code = code
    this.description = description
    this.retryAfterSeconds = parameters.retryAfterSeconds ?? null
    this.migrateToChatId = parameters.migrateToChatId ?? null
  }
}

/** Telegram was not reached, answered 5xx, or did not send a Bot API reply. The call may have taken effect. */
export class TelegramUnreachable extends Error {
  override readonly name = 'TelegramUnreachable'
  readonly method: string
  readonly code: string
  constructor(method: string, code: string) {
    super(`Telegram was not reached for ${method}: ${code}`)
    this.method = method
    this.code = code
  }
}

/** Telegram's own API (MTProto) answered "no". */
export class MtprotoRefused extends Error {
  override readonly name = 'MtprotoRefused'
  readonly method: string
  readonly status: number
  /** The error without its number: `FLOOD_WAIT` of `FLOOD_WAIT_30`. */
  readonly code: string
  /** The number at the end of the error, as the seconds of `FLOOD_WAIT_30`; null where there is none. */
  readonly number: number | null
  constructor(method: string, status: number, text: string) {
    const [, code = text, digits] = /^(\w*?)_(\d+)$/.exec(text) ?? []
    super(`Telegram refused ${method}: ${status} ${code}`)
    this.method = method
    this.status = status
    this.code = code
    this.number = digits === undefined ? null : Number(digits)
  }
}

/** Telegram's own API was not reached, or did not answer in time: whether the call took effect is unknown. */
export class MtprotoUnreachable extends Error {
  override readonly name = 'MtprotoUnreachable'
  readonly code: 'unreachable' | 'timeout'
  constructor(code: 'unreachable' | 'timeout') {
    super(`Telegram was not reached: ${code}`)
    this.code = code
  }
}

/** Telegram does not know the session's key any more (transport error -404, twice). */
export class KeyUnknown extends Error {
  override readonly name = 'KeyUnknown'
  readonly code = 'key_unknown'
  constructor() {
    super('Telegram does not know this key')
  }
}

/** The bot is not initialised yet, and an invocation is initialising it. Nothing was processed: no attempt counts. */
export class BotNotReady extends Error {
  override readonly name = 'BotNotReady'
  readonly code = 'bot_not_ready'
  constructor() {
    super('The bot is being initialised')
  }
}

/** The worker has lost its lease and must not send anything more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
  readonly code = 'lease_lost'
  constructor() {
    super('The lease of this mailbox was lost')
  }
}

/** An error with its HTTP answer. Only errors of this class show their message to a client. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}
