/** telegraf's callApi, replaced: the lease is checked first, and refusals with a known remedy are repeated once. */
import type { Telegram } from 'telegraf'
import { TelegramRefused, TelegramUnreachable } from '../errors.ts'
import { answerError, chatIdOf, type TelegramCall } from '../telegram.ts'
import { hasFile, hasStream } from './files.ts'
import { refusalOf } from './refusals.ts'
import type { UpdateScope } from './types.ts'

/** An upload's limit; telegraf's own is 500 s. */
const UPLOAD_MS = 30_000

/** What binds the calls of one update to the worker that makes them. */
export interface Guard {
  /** Aborts when the lease is lost or the handler's time is over. */
  signal: AbortSignal
  /** Before each call. @throws LeaseLost when the worker may not send any more */
  beforeCall(): Promise<void>
}

export interface GuardedCallDeps {
  call: TelegramCall
  apiRoot: string
  scope: Pick<UpdateScope, 'moveChat'>
  guard: Guard
  /** Called when a call goes out once more without its markup or its thread. */
  onFallback?: ((method: string, refusal: Fallback) => void) | undefined
}

export type Fallback = keyof typeof FALLBACKS

type CallApi = Telegram['callApi']
type Params = Record<string, unknown>

/** The parameter without which the call goes out once more. */
const FALLBACKS = { bad_markup: 'parse_mode', no_thread: 'message_thread_id' } as const

/**
 * JSON goes through our own client, files through telegraf's. A chat that became a supergroup is followed once; text
 * with bad markup goes out once more as plain text, a call for a missing topic once more without it. An error carries
 * the stack of the handler that made the call, and names the chat as the handler named it.
 */
export function guardedCall(telegram: Telegram, deps: GuardedCallDeps): CallApi {
  return bound(deps, telegram.callApi.bind(telegram) as Upload) as CallApi
}

/** The same for calls outside a handler, which send no files. */
export function guardedJsonCall(deps: GuardedCallDeps): (method: string, params: Params) => Promise<unknown> {
  return bound(deps, (method) => Promise.reject(new Error(`${method} cannot send a file here`)))
}

function bound(deps: GuardedCallDeps, upload: Upload) {
  const call = async (method: string, params: Params): Promise<unknown> => {
    const site = { stack: '' }
    Error.captureStackTrace(site, call)
    try {
      return await follow(deps, upload, method, params)
    } catch (error) {
      if (error instanceof TelegramRefused) error.chatId = chatIdOf(params)
      if (error instanceof TelegramRefused || error instanceof TelegramUnreachable)
        error.stack = `${error.name}: ${error.message}${site.stack.slice(site.stack.indexOf('\n'))}`
      throw error
    }
  }
  return call
}

type Upload = (method: string, params: Params, options: object) => Promise<unknown>

async function follow(deps: GuardedCallDeps, upload: Upload, method: string, params: Params) {
  try {
    return await sendOrFallBack(deps, upload, method, params)
  } catch (error) {
    if (!(error instanceof TelegramRefused) || error.migrateToChatId === null || hasStream(params))
      throw error
    const chatId = chatIdOf(params)
    if (chatId === null) throw error
    await deps.scope.moveChat(chatId, error.migrateToChatId)
    return sendOrFallBack(deps, upload, method, { ...params, chat_id: Number(error.migrateToChatId) })
  }
}

/** Each fallback is used once: its parameter is gone afterwards. */
async function sendOrFallBack(
  deps: GuardedCallDeps,
  upload: Upload,
  method: string,
  params: Params,
): Promise<unknown> {
  try {
    return await send(deps, upload, method, params)
  } catch (error) {
    const refusal = error instanceof TelegramRefused ? refusalOf(error) : 'refused'
    if (refusal !== 'bad_markup' && refusal !== 'no_thread') throw error
    const parameter = FALLBACKS[refusal]
    if (params[parameter] === undefined || hasStream(params)) throw error
    deps.onFallback?.(method, refusal)
    const { [parameter]: _, ...rest } = params
    return sendOrFallBack(deps, upload, method, rest)
  }
}

async function send(deps: GuardedCallDeps, upload: Upload, method: string, params: Params): Promise<unknown> {
  const { guard, call, apiRoot } = deps
  await guard.beforeCall()
  if (!hasFile(params)) return call(method, params, { signal: guard.signal })
  const signal = AbortSignal.any([guard.signal, AbortSignal.timeout(UPLOAD_MS)])
  return upload(method, params, { signal }).catch((error: unknown) => {
    if (guard.signal.aborted) throw guard.signal.reason
    throw signal.aborted ? new TelegramUnreachable(method, 'timeout') : uploadError(method, error, apiRoot)
  })
}

/** telegraf's errors as ours; its messages can hold the URL, and so the token. */
function uploadError(method: string, error: unknown, apiRoot: string): Error {
  const { response, message, code } = error as {
    response?: { error_code?: number }
    message?: string
    code?: string
  }
  if (response?.error_code !== undefined) return answerError(method, response.error_code, response)
  if (String(message).includes(apiRoot)) return new TelegramUnreachable(method, 'unreachable')
  // The file of the handler could not be read or fetched: Telegram has nothing to do with it.
  return new Error(`A file for ${method} cannot be read: ${code ?? 'unknown'}`)
}
