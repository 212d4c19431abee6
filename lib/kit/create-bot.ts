/** createBot: a Telegraf for one invocation, with every call bound to the lease and to a limit of time. */
import { Telegraf } from 'telegraf'
import type { Update, UserFromGetMe } from 'telegraf/types'
import type { Feature } from './feature.ts'
import { gates } from './gates/index.ts'
import { guardedCall, type Fallback, type Guard } from './guarded-call.ts'
import type { TelegramCall } from '../telegram.ts'
import type { BotContext, UpdateScope } from './types.ts'

/** A handler's limit where BotDeps gives none, in milliseconds. */
export const HANDLER_MS = 45_000

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
  /** Called when a call goes out once more without its markup or its thread. */
  onFallback?: (method: string, refusal: Fallback) => void
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
    const { call, apiRoot, onFallback } = deps
    ctx.telegram.callApi = guardedCall(ctx.telegram, { call, apiRoot, onFallback, ...current })
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
