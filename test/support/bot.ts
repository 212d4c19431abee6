/**
 * A real Telegraf with the bot's features, without a network: it records each outgoing call.
 *
 * Telegraf builds a fresh Telegram object for every update, so replacing `bot.telegram.callApi` would
 * catch nothing; the first middleware replaces it on the context instead. Where the Bot API's schema is
 * at hand, a call that it does not allow fails the test.
 */
import { Telegraf } from 'telegraf'
import type { Update } from 'telegraf/types'
import { features as allFeatures } from '../../lib/bot/features/index.ts'
import { commandsFor } from '../../lib/bot/commands.ts'
import { textsFor } from '../../lib/bot/texts/index.ts'
import { gates } from '../../lib/kit/gates/index.ts'
import type { Feature } from '../../lib/kit/feature.ts'
import type { BotContext, UpdateScope } from '../../lib/kit/types.ts'
import { checkCall } from './schema.ts'

export const BOT = {
  id: 7_000_000_001,
  is_bot: true as const,
  first_name: 'Evergram',
  username: 'evergram_bot',
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
}

export interface Call {
  method: string
  /** As in JSON: without parameters that are undefined. */
  params: Record<string, unknown>
}

export interface TestBotOptions {
  features?: readonly Feature[]
  scope?: Partial<Omit<UpdateScope, 'setLanguage' | 'markBlocked' | 'forgetSender' | 'moveChat'>>
  /** Called before a call is answered; an exception here is Telegram's refusal. */
  onCall?: (call: Call) => void
}

export interface TestBot {
  /**
   * Handles one update; resolves to the calls that it made.
   * @throws what a feature throws, and an error that names the faults of a call that breaks the schema
   */
  send(update: unknown): Promise<Call[]>
  /** The features' calls of the scope, as 'setLanguage fr', in order. */
  deeds: string[]
  scope: UpdateScope
}

function createScope(deeds: string[], given: TestBotOptions['scope'] = {}): UpdateScope {
  const scope: UpdateScope & { language: string } = {
    updateId: '1',
    userId: '42',
    rate: 'ok',
    language: 'en',
    get texts() {
      return textsFor(scope.language)
    },
    commands: new Set(commandsFor('en').map(({ command }) => command)),
    isAdmin: false,
    panelUrl: 'https://bot.example.com/app',
    sinceAcceptedMs: () => 12,
    statusLines: async () => ['status: healthy', 'pending: 0'],
    ...given,
    setLanguage: async (language: string) => {
      deeds.push(`setLanguage ${language}`)
      scope.language = language
    },
    markBlocked: async (chatId: string, blocked: boolean) => {
      deeds.push(`markBlocked ${chatId} ${blocked}`)
    },
    forgetSender: async () => deeds.push('forgetSender'),
    moveChat: async (from: string, to: string) => {
      deeds.push(`moveChat ${from} ${to}`)
    },
  }
  return scope
}

/** A plausible answer of Telegram: a Message for methods that send or edit one, else true. */
function resultOf({ method, params }: Call): unknown {
  if (!method.startsWith('send') && !method.startsWith('edit')) return true
  return { message_id: 1000, date: 1_790_000_000, chat: { id: params['chat_id'] }, text: params['text'] }
}

/** Builds a bot of the given features (by default all) over a fake scope. */
export function createTestBot({ features = allFeatures, scope, onCall }: TestBotOptions = {}): TestBot {
  const deeds: string[] = []
  const testScope = createScope(deeds, scope)
  let calls: Call[] = []
  const bot = new Telegraf<BotContext>('7000000001:not-a-real-token')
  bot.botInfo = BOT
  bot.catch((error) => {
    throw error
  })
  bot.use(async (ctx, next) => {
    ctx.scope = testScope
    ctx.telegram.callApi = async (method, params) => {
      const call: Call = { method, params: JSON.parse(JSON.stringify(params)) as Call['params'] }
      calls.push(call)
      onCall?.(call)
      return resultOf(call) as never
    }
    await next()
  })
  for (const gate of gates) gate(bot)
  for (const { register } of features) register(bot)
  const send = async (update: unknown): Promise<Call[]> => {
    calls = []
    await bot.handleUpdate(update as Update)
    const faults = calls.flatMap(({ method, params }) => checkCall(method, params) ?? [])
    if (faults.length > 0) throw new Error(`not as the Bot API has it: ${faults.join('; ')}`)
    return calls
  }
  return { send, deeds, scope: testScope }
}
