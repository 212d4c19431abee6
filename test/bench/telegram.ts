/**
 * The fake Telegram: answers every method after 50 ms, keeps what reached which chat and when, and tells one bot
 * from the other by its token. A call takes effect half way, as a network has it.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from './numbers.ts'

export const LATENCY_MS = 50
/** Evenly from 40 to 60 ms, the same in every run: a constant would put calls made at once into order again. */
const SPREAD_MS = 20

export interface Reply {
  chatId: number
  /** The word after "pong". */
  tag: string
  /** `performance.now()` when it reached the chat. */
  at: number
}

export interface BotSide {
  id: number
  token: string
  secret: string
  /** Everything that reached a chat, in order. */
  replies: Reply[]
  /** Calls of any method since the start. */
  calls: number
  /** Resolves when a sendMessage with the answer to `tag` arrives, before it takes effect. */
  sending(tag: string): Promise<void>
  /** Resolves when the answer to `tag` has reached its chat. */
  replied(tag: string): Promise<void>
  hasReplied(tag: string): boolean
}

export type FakeTelegram = Awaited<ReturnType<typeof startTelegram>>

export async function startTelegram() {
  const bots = new Map<string, BotSide & { onSend: Signals; onReply: Signals }>()
  const random = seeded(50)
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request)
      const [, token = '', method = ''] = /^\/bot([^/]+)\/(\w+)/.exec(request.url ?? '') ?? []
      const bot = bots.get(token)
      const params = readJson(body)
      const latencyMs = LATENCY_MS - SPREAD_MS / 2 + SPREAD_MS * random()
      const tag = method === 'sendMessage' ? (/^pong (\w+)/.exec(String(params['text']))?.[1] ?? '?') : null
      if (bot) bot.calls++
      if (tag !== null) bot?.onSend.raise(tag)
      await pause(latencyMs / 2)
      let result: unknown = true
      if (bot && tag !== null) {
        const chatId = Number(params['chat_id'])
        bot.replies.push({ chatId, tag, at: performance.now() })
        bot.onReply.raise(tag)
        const chat = { id: chatId, type: 'private', first_name: 'Vera' }
        result = { message_id: bot.replies.length, date: 1_790_000_000, chat, from: me(bot.id), text: tag }
      }
      if (bot && method === 'getMe') result = me(bot.id)
      if (method === 'getWebhookInfo') result = { url: '', pending_update_count: 0 }
      await pause(latencyMs / 2)
      response.writeHead(bot ? 200 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify(bot ? { ok: true, result } : { ok: false, error_code: 401 }))
    })().catch(() => response.destroy())
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Another bot, with a token and a memory of its own. */
    bot(): BotSide {
      const id = 7_000_000_001 + bots.size
      const token = `${id}:BENCH${'b'.repeat(30)}`
      const onSend = signals()
      const onReply = signals()
      const bot = {
        id,
        token,
        secret: `hook${id}`,
        replies: [],
        calls: 0,
        sending: onSend.raised,
        replied: onReply.raised,
        hasReplied: onReply.has,
        onSend,
        onReply,
      }
      bots.set(token, bot)
      return bot
    },
    close(): Promise<void> {
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

type Signals = ReturnType<typeof signals>

/** Events that happen once each, by name, and can be waited for before and after. */
function signals() {
  const happened = new Set<string>()
  const waiting = new Map<string, () => void>()
  return {
    raise(name: string) {
      happened.add(name)
      waiting.get(name)?.()
      waiting.delete(name)
    },
    has: (name: string) => happened.has(name),
    raised: (name: string) =>
      happened.has(name)
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            waiting.set(name, resolve)
          }),
  }
}

const me = (id: number) => ({ id, is_bot: true, first_name: 'Bench', username: 'bench_bot' })

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function readJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
