/**
 * The Bot API over fetch: one call with a time limit, and two classes of errors. Every JSON call goes through here,
 * because telegraf's client waits 500 s, and its errors can contain the URL with the token.
 */
import { TelegramRefused, TelegramUnreachable } from './errors.ts'

export interface TelegramCallOptions {
  /** Aborts the call, for example when the lease is lost. */
  signal?: AbortSignal
  /** 15 s by default. */
  timeoutMs?: number
}

/** Calls a Bot API method with JSON parameters and returns its result. */
export type TelegramCall = (
  method: string,
  params?: Record<string, unknown>,
  options?: TelegramCallOptions,
) => Promise<unknown>

const TIMEOUT_MS = 15_000

/**
 * @param options.apiRoot origin of the Bot API server, without a trailing slash
 * @returns a function that throws TelegramRefused where Telegram refuses the call, TelegramUnreachable where it sends
 *   no usable answer (the call may have taken effect), and the signal's reason when the signal aborts the call
 */
export function createTelegramCall(options: { apiRoot: string; token: string }): TelegramCall {
  return async (method, params = {}, { signal, timeoutMs = TIMEOUT_MS } = {}) => {
    const limit = AbortSignal.timeout(timeoutMs)
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

/** Checks the shape of a Bot API reply and returns its result. */
function readReply(method: string, status: number, body: unknown): unknown {
  const reply = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  if (reply['ok'] === true && 'result' in reply) return reply['result']
  const code = Number.isInteger(reply['error_code']) ? Number(reply['error_code']) : status
  if (reply['ok'] !== false || code >= 500) throw new TelegramUnreachable(method, `status_${code}`)
  const description = typeof reply['description'] === 'string' ? reply['description'] : 'no description'
  const given = (reply['parameters'] ?? {}) as Record<string, unknown>
  const migrated = given['migrate_to_chat_id']
  throw new TelegramRefused(method, code, description.slice(0, 300), {
    retryAfterSeconds: typeof given['retry_after'] === 'number' ? given['retry_after'] : null,
    migrateToChatId: Number.isSafeInteger(migrated) ? String(migrated) : null,
  })
}
