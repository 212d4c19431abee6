/** createBot: a Telegraf for one invocation, with every call bound to the lease and to a limit of time. */
import { Telegraf, type Telegram } from 'telegraf'
import type { Update, UserFromGetMe } from 'telegraf/types'
import { TelegramRefused, TelegramUnreachable } from '../errors.ts'
import type { Feature } from './feature.ts'
import { gates } from './gates/index.ts'
import type { TelegramCall } from '../telegram.ts'
import type { BotContext, UpdateScope } from './types.ts'

/** A handler's limit where BotDeps gives none, in milliseconds. */
export const HANDLER_MS = 45_000

/** An upload's limit; telegraf's own is 500 s. */
const UPLOAD_MS = 30_000

export interface BotDeps {
  token: string
  apiRoot: string
  /** getMe's answer. Preset, because telegraf keeps a failed first getMe for the instance's whole life. */
  info: UserFromGetMe
  call: TelegramCall
  /** Longest run of a handler; 45 s by default. */
  handlerMs?: number
  /** In the order in which an update passes them. */
  features: readonly Feature[]
}

/** What binds the calls of one update to the worker that makes them. */
export interface Guard {
  /** Aborts when the lease is lost or the handler's time is over. */
  signal: AbortSignal
  /** Before each call. @throws LeaseLost when the worker may not send any more */
  beforeCall(): Promise<void>
}

export interface Bot {
  /** Resolves when every feature has finished; rejects with the first error. */
  handle(update: Update, scope: UpdateScope, guard: Guard): Promise<void>
}

/** Builds the bot. Cheap: nothing is sent, and nothing outlives the invocation. */
export function createBot(deps: BotDeps): Bot {
  const bot = new Telegraf<BotContext>(deps.token, {
    handlerTimeout: deps.handlerMs ?? HANDLER_MS,
    telegram: { apiRoot: deps.apiRoot, webhookReply: false },
  })
  bot.botInfo = deps.info
  // telegraf's own handler prints the whole update and sets the process's exit code.
  bot.catch((error) => {
    throw error
  })
  const inWork = new WeakMap<object, { scope: UpdateScope; guard: Guard }>()
  bot.use((ctx, next) => {
    const current = inWork.get(ctx.update)
    if (!current) throw new Error('the update has no scope')
    ctx.scope = current.scope
    ctx.telegram.callApi = guardedCall(ctx.telegram, deps.call, current.scope, current.guard)
    return next()
  })
  for (const gate of gates) gate(bot)
  for (const { register } of deps.features) register(bot)
  return {
    async handle(update, scope, guard) {
      inWork.set(update, { scope, guard })
      await bot.handleUpdate(update)
    },
  }
}

type CallApi = Telegram['callApi']
type Payload = Record<string, unknown>

/**
 * telegraf's callApi, replaced: the lease is checked first, JSON goes through our own client, a chat that
 * became a supergroup is followed once, and markup that Telegram cannot parse is sent again as plain text.
 */
function guardedCall(telegram: Telegram, call: TelegramCall, scope: UpdateScope, guard: Guard): CallApi {
  const upload = telegram.callApi.bind(telegram) as (m: string, p: Payload, o: object) => Promise<unknown>
  const send = async (method: string, payload: Payload): Promise<unknown> => {
    await guard.beforeCall()
    if (!hasFile(payload)) return call(method, payload, { signal: guard.signal })
    const signal = AbortSignal.any([guard.signal, AbortSignal.timeout(UPLOAD_MS)])
    return upload(method, payload, { signal }).catch((error: unknown) => {
      throw uploadError(method, error, guard.signal)
    })
  }
  const sendOrPlain = async (method: string, payload: Payload): Promise<unknown> => {
    try {
      return await send(method, payload)
    } catch (error) {
      if (!(error instanceof TelegramRefused) || error.code !== 400) throw error
      if (!/parse entities/i.test(error.description)) throw error
      const { parse_mode: _, ...plain } = payload
      return send(method, plain)
    }
  }
  const follow = async (method: string, payload: Payload): Promise<unknown> => {
    try {
      return await sendOrPlain(method, payload)
    } catch (error) {
      if (!(error instanceof TelegramRefused) || error.migrateToChatId === null) throw error
      const chatId = payload['chat_id']
      if (typeof chatId !== 'number' && typeof chatId !== 'string') throw error
      await scope.moveChat(String(chatId), error.migrateToChatId)
      return sendOrPlain(method, { ...payload, chat_id: Number(error.migrateToChatId) })
    }
  }
  return ((method: string, payload: Payload) => follow(method, payload)) as CallApi
}

/** True where a payload carries something that only multipart can send. */
function hasFile(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > 3) return false
  return 'source' in value || Object.values(value).some((inner) => hasFile(inner, depth + 1))
}

/** telegraf's errors as ours; its messages can hold the URL, and so the token. */
function uploadError(method: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  const response = (
    error as { response?: { error_code?: number; description?: string; parameters?: object } }
  ).response
  const code = response?.error_code
  if (code === undefined || code >= 500)
    return new TelegramUnreachable(method, code ? `status_${code}` : 'unreachable')
  const { retry_after: retryAfter, migrate_to_chat_id: migrated } = (response?.parameters ?? {}) as {
    retry_after?: number
    migrate_to_chat_id?: number
  }
  return new TelegramRefused(method, code, response?.description ?? '', {
    retryAfterSeconds: retryAfter ?? null,
    migrateToChatId: migrated === undefined ? null : String(migrated),
  })
}
