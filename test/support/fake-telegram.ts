/**
 * A small fake of Telegram for the system tests, written from the Bot API's documentation and not from the
 * emulator of lib/dev, so that the two do not share a mistake.
 *
 * It answers every method plausibly, records calls and messages, fails on demand, and delivers
 * updates as Telegram does: the secret in a header, one update of a chat at a time and forty over all, the same
 * update again until a 2xx, at once after the first failure and then after 2, 4, 8 … s, or when `Retry-After` says.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Moment } from './fault-front.ts'
import { USERS_WORD } from './leaks.ts'

export interface Call {
  method: string
  params: Record<string, unknown>
  /** Milliseconds since 1970. */
  atMs: number
  /** The HTTP status of the answer. */
  status: number
}

/** A message of the bot that reached its chat. */
export interface Sent {
  chatId: number
  text: string
  atMs: number
}

export interface Update {
  update_id: number
  [kind: string]: unknown
}

export interface Delivery {
  update: Update
  /** The status of each attempt; 0: no answer. */
  statuses: number[]
}

/** Telegram's default max_connections. */
const MAX_CONNECTIONS = 40

interface Refusal {
  status: number
  description: string
  parameters?: Record<string, unknown>
}

export type FakeTelegram = Awaited<ReturnType<typeof startFakeTelegram>>

/** @param options.token the bot's token; `speed` 10 makes the pauses between deliveries a tenth as long */
export async function startFakeTelegram(options: { token: string; speed?: number }) {
  const botId = Number(options.token.split(':')[0])
  const calls: Call[] = []
  const sent: Sent[] = []
  const acknowledged: Delivery[] = []
  const queues = new Map<string, Promise<unknown>>()
  const limitedUntilMs = new Map<number, number>()
  const refusals: { method: string; left: number; chatId: number | undefined; refusal: Refusal }[] = []
  const switches = {
    /** Every method answers 502 with a page of HTML. */
    isDown: false,
    /** Every method gets no answer. */
    isHanging: false,
    isRevoked: false,
    /** Delay of each answer, in milliseconds. */
    latencyMs: 0,
    /** The bot's id in the answer of getMe. */
    botId,
  }
  let webhook: Record<string, unknown> = { url: '' }
  let watcher: (moment: Moment, call: Omit<Call, 'atMs'>) => unknown = () => {}
  let messageId = 1000
  const closing = new AbortController()

  const refusalOf = (method: string, chatId: number): Refusal | null => {
    if (switches.isDown) return { status: 502, description: 'Bad Gateway' }
    if (switches.isRevoked) return { status: 401, description: 'Unauthorized' }
    const waitMs = method.startsWith('send') ? (limitedUntilMs.get(chatId) ?? 0) - Date.now() : 0
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      const parameters = { retry_after: seconds }
      return { status: 429, description: `Too Many Requests: retry after ${seconds}`, parameters }
    }
    const found = refusals.find(
      (r) => r.left > 0 && r.method === method && (r.chatId === undefined || r.chatId === chatId),
    )
    if (found) found.left--
    return found?.refusal ?? null
  }

  const resultOf = (method: string, params: Record<string, unknown>): unknown => {
    const bot = { id: switches.botId, is_bot: true, first_name: 'Evergram', username: 'evergram_bot' }
    switch (method) {
      case 'getMe':
        return { ...bot, can_join_groups: true, can_read_all_group_messages: false }
      case 'setWebhook':
        webhook = { url: params['url'], allowed_updates: params['allowed_updates'] }
        return true
      case 'getWebhookInfo':
        return { has_custom_certificate: false, pending_update_count: 0, ...webhook }
      case 'sendMessage': {
        const chatId = Number(params['chat_id'])
        sent.push({ chatId, text: String(params['text']), atMs: Date.now() })
        const chat = { id: chatId, type: chatId > 0 ? 'private' : 'supergroup' }
        return { message_id: ++messageId, from: bot, date: nowSeconds(), chat, text: params['text'] }
      }
      default:
        return true
    }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const params = readParams(await readBody(request))
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? []
    if (switches.latencyMs > 0) await pause(switches.latencyMs)
    const refusal =
      token === options.token
        ? refusalOf(method, Number(params['chat_id']))
        : { status: 401, description: 'Unauthorized' }
    if ((await watcher('received', { method, params, status: 0 })) === 'drop') {
      request.socket.destroy()
      return
    }
    const isHanging = switches.isHanging
    const status = refusal?.status ?? 200
    calls.push({ method, params, atMs: Date.now(), status: isHanging ? 0 : status })
    if (isHanging) return
    if (switches.isDown) {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>')
      return
    }
    const body = refusal
      ? { ok: false, error_code: status, ...refusal, status: undefined }
      : { ok: true, result: resultOf(method, params) }
    await watcher('applied', { method, params, status })
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    await watcher('answered', { method, params, status })
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  // Longer than any test: a client that reuses a connection just as it is closed sees an outage.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  let connections = 0
  const waiting: (() => void)[] = []
  /** One attempt, as soon as a connection is free. */
  const tryOnce = async (to: Target, update: Update) => {
    if (connections < MAX_CONNECTIONS) connections++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await post(to, update)
    } finally {
      // Pass the connection to the next attempt, or free it.
      const next = waiting.shift()
      if (next) next()
      else connections--
    }
  }

  const deliver = async (to: Target, update: Update): Promise<Delivery> => {
    const delivery: Delivery = { update, statuses: [] }
    for (let failures = 0; !closing.signal.aborted;) {
      const answer = await tryOnce(to, update)
      delivery.statuses.push(answer.status)
      if (answer.status >= 200 && answer.status < 300) {
        acknowledged.push(delivery)
        return delivery
      }
      const seconds = answer.retryAfterSeconds ?? (failures === 0 ? 0.02 : 2 ** Math.min(failures, 6))
      failures++
      await pause((seconds * 1000) / (options.speed ?? 1))
    }
    throw new Error('the fake was closed before the delivery ended')
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    switches,
    calls,
    /** All messages that reached a chat, in order. */
    sent,
    /** Deliveries that ended with a 2xx. */
    acknowledged,
    webhook: () => webhook,
    countOf: (method: string) => calls.filter((call) => call.method === method).length,
    textsIn: (chatId: number) => sent.filter((s) => s.chatId === chatId).map((s) => s.text),
    /** Refuses the next `times` calls of a method, in one chat or in all. */
    refuse(method: string, times: number, refusal: Refusal, chatId?: number) {
      refusals.push({ method, left: times, chatId, refusal })
    },
    /** Refuses to send to a chat with 429 until the time is over. */
    limit(chatId: number, seconds: number) {
      limitedUntilMs.set(chatId, Date.now() + seconds * 1000)
    },
    /** Calls `next` at each moment of each call from now on; a call waits for it. 'drop' for one received ends it there. */
    watch(next: (moment: Moment, call: Omit<Call, 'atMs'>) => unknown) {
      watcher = next
    },
    /** Another program with the token sets the webhook. */
    takeOver(url: string) {
      webhook = { url }
    },
    /** Delivers one update by Telegram's rules. */
    deliver,
    /** Delivers an update after those of its chat that were queued before. */
    queue(to: Target, update: Update): Promise<Delivery> {
      const key = chatOf(update)
      const delivery = (queues.get(key) ?? Promise.resolve()).then(() => deliver(to, update))
      queues.set(
        key,
        delivery.catch(() => {}),
      )
      return delivery
    },
    close(): Promise<void> {
      closing.abort()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

export interface Target {
  /** The server's origin; read again for each attempt. */
  url: string
  secret: string
  /** Called with every answer. */
  heard?(headers: Headers, text: string): void
}

/** One attempt of a delivery. */
export async function post(
  to: Target,
  update: unknown,
): Promise<{ status: number; retryAfterSeconds: number | null }> {
  try {
    const response = await fetch(`${to.url}/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': to.secret },
      body: typeof update === 'string' ? update : JSON.stringify(update),
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    })
    const text = await response.text()
    to.heard?.(response.headers, text)
    const retryAfter = response.headers.get('retry-after')
    return { status: response.status, retryAfterSeconds: retryAfter === null ? null : Number(retryAfter) }
  } catch {
    return { status: 0, retryAfterSeconds: null }
  }
}

let lastUpdateId = 100_000

/** A text message in a chat, as Telegram sends it; every call makes a new update id. */
export function textUpdate(text: string, chatId: number, fields: Record<string, unknown> = {}): Update {
  const id = ++lastUpdateId
  const userId = chatId > 0 ? chatId : 500_000 - chatId
  const length = /^\/\w+/.exec(text)?.[0].length
  const message = {
    message_id: id % 100_000,
    from: { id: userId, is_bot: false, first_name: 'Vera', last_name: USERS_WORD, language_code: 'en' },
    chat:
      chatId > 0
        ? { id: chatId, type: 'private', first_name: 'Vera' }
        : { id: chatId, type: 'group', title: 'G' },
    date: nowSeconds(),
    text,
    ...(length === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length }] }),
    ...fields,
  }
  return { update_id: id, message }
}

function chatOf(update: Update): string {
  const message = update['message'] as { chat?: { id?: number } } | undefined
  return String(message?.chat?.id ?? update.update_id)
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function readParams(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch {
    return {}
  }
}
