/**
 * Who the bot of the tests is, and the bot alone: `createBot` without inbox and Telegram, for what needs thousands of
 * updates. A feature is tested with lib/testing instead, see feature-bot.ts.
 */
import type { Update } from 'telegraf/types'
import { commandsFor } from '../../lib/bot/commands.ts'
import { features } from '../../lib/bot/features/index.ts'
import { textsFor } from '../../lib/bot/texts/index.ts'
import { createBot } from '../../lib/kit/create-bot.ts'
import type { UpdateScope } from '../../lib/kit/types.ts'
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

interface Call {
  method: string
  params: Record<string, unknown>
}

export interface BareBot {
  /** Resolves to the calls that an update made. @throws what a feature throws, and for a call that breaks the schema */
  send(update: unknown): Promise<Call[]>
  /** What the features did to the scope, as 'setLanguage fr', in order. */
  deeds: string[]
}

/** The bot with all its features over a scope that only records. */
export function createBareBot(given: Partial<Pick<UpdateScope, 'rate' | 'userId'>> = {}): BareBot {
  const deeds: string[] = []
  let calls: Call[] = []
  const scope: UpdateScope = {
    updateId: '1',
    userId: '42',
    rate: 'ok',
    language: 'en',
    texts: textsFor('en'),
    commands: new Set(commandsFor('en').map(({ command }) => command)),
    isAdmin: false,
    panelUrl: null,
    sinceAcceptedMs: () => 12,
    statusLines: async () => [],
    setLanguage: async (language) => void deeds.push(`setLanguage ${language}`),
    markBlocked: async (chatId, blocked) => void deeds.push(`markBlocked ${chatId} ${blocked}`),
    forgetSender: async () => deeds.push('forgetSender'),
    moveChat: async (from, to) => void deeds.push(`moveChat ${from} ${to}`),
    ...given,
  }
  const bot = createBot({
    token: `${BOT.id}:not-a-real-token`,
    apiRoot: 'http://127.0.0.1:1',
    info: BOT,
    features,
    async call(method, params = {}) {
      calls.push({ method, params })
      return true
    },
  })
  const guard = { signal: new AbortController().signal, beforeCall: async () => {} }
  return {
    deeds,
    async send(update) {
      calls = []
      await bot.handle(update as Update, scope, guard)
      const faults = calls.flatMap(({ method, params }) => checkCall(method, params) ?? [])
      if (faults.length > 0) throw new Error(`not as the Bot API has it: ${faults.join('; ')}`)
      return calls
    },
  }
}
