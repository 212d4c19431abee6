/**
 * The Bot API over fetch: one call with a time limit, and two classes of errors. Every JSON call goes through here,
 * because telegraf's client waits 500 s, and its errors can contain the URL with the token.
 */
import type { Config } from './config.ts'
import { TelegramRefused, TelegramUnreachable } from './errors.ts'

export interface TelegramCallOptions {
  /** Aborts the call, for example when the lease is lost. */
  signal?: AbortSignal
  /** Shortens the limit of one call, never lengthens it. */
  timeoutMs?: number
}

/** Calls a Bot API method with JSON parameters and returns its result. */
export type TelegramCall = (
  method: string,
  params?: Record<string, unknown>,
  options?: TelegramCallOptions,
) => Promise<unknown>

/** Limit of one call where the options of `createTelegramCall` give none, in milliseconds. */
const TIMEOUT_MS = 15_000

/**
 * @param options.apiRoot origin of the Bot API server, without a trailing slash
 * @param options.timeoutMs longest wait for the answer to one call; 15 s by default
 * @returns a function that throws TelegramRefused where Telegram refuses the call, TelegramUnreachable where it sends
 *   no usable answer (the call may have taken effect), and the signal's reason when the signal aborts the call
 */
export function createTelegramCall(options: {
  apiRoot: string
  token: string
  timeoutMs?: number
}): TelegramCall {
  const longestMs = options.timeoutMs ?? TIMEOUT_MS
  return async (method, params = {}, { signal, timeoutMs = longestMs } = {}) => {
    const limit = AbortSignal.timeout(Math.min(timeoutMs, longestMs))
    let status: number
    let body: unknown
    try {
      const response = await fetch(`${options.apiRoot}/bot${options.token}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(params),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      status = response.status
      body = await response.json()
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (limit.aborted) throw new TelegramUnreachable(method, 'timeout')
      throw new TelegramUnreachable(method, error instanceof SyntaxError ? 'not_json' : 'unreachable')
    }
    return readReply(method, status, body)
  }
}

/** The calls of this deployment's bot. */
export function telegramCallOf(
  config: Pick<Config, 'telegramApiRoot' | 'botToken' | 'telegramTimeoutMs'>,
): TelegramCall {
  const { telegramApiRoot: apiRoot, botToken: token, telegramTimeoutMs: timeoutMs } = config
  return createTelegramCall({ apiRoot, token, timeoutMs })
}

/** Checks the shape of a Bot API reply and returns its result. */
function readReply(method: string, status: number, body: unknown): unknown {
  const reply = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  if (reply['ok'] === true && 'result' in reply) return reply['result']
  const code = Number.isInteger(reply['error_code']) ? Number(reply['error_code']) : status
  if (reply['ok'] !== false) throw new TelegramUnreachable(method, `status_${code}`)
  throw answerError(method, code, reply)
}

/** The error of an answer that is no success. A 5xx says nothing about whether the call took effect. */
export function answerError(method: string, code: number, answer: object): Error {
  if (code >= 500) return new TelegramUnreachable(method, `status_${code}`)
  const { description, parameters } = answer as { description?: unknown; parameters?: unknown }
  const given = (parameters ?? {}) as Record<string, unknown>
  const migrated = given['migrate_to_chat_id']
  const text = typeof description === 'string' ? description : 'no description'
  return new TelegramRefused(method, code, text, {
    retryAfterSeconds: typeof given['retry_after'] === 'number' ? given['retry_after'] : null,
    migrateToChatId: Number.isSafeInteger(migrated) ? String(migrated) : null,
  })
}

/** The chat that a call is about, as digits or @username; null where its parameters name none. */
export function chatIdOf(params: Readonly<Record<string, unknown>>): string | null {
  const chatId = params['chat_id']
  return typeof chatId === 'number' || typeof chatId === 'string' ? String(chatId) : null
}
