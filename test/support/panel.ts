/**
 * The operators' endpoints on a real engine and an emulated Telegram, with requests like those of the panel or curl. The
 * test sets the time.
 *
 *   const panel = await openPanel(engine)
 *   const cookie = await panel.logIn()
 *   expect(await panel.ask('GET', '/status', { cookie })).toMatchObject({ status: 200 })
 */
import * as deadLetters from '../../lib/endpoints/dead-letters.ts'
import { drainNow } from '../../lib/endpoints/drain.ts'
import { health } from '../../lib/endpoints/health.ts'
import type { Surroundings } from '../../lib/invocation.ts'
import * as mailboxes from '../../lib/endpoints/mailboxes.ts'
import { setProcessing } from '../../lib/endpoints/processing.ts'
import { resetErrorCounter } from '../../lib/endpoints/reset-errors.ts'
import { restart } from '../../lib/endpoints/restart.ts'
import * as session from '../../lib/endpoints/session.ts'
import * as setup from '../../lib/endpoints/setup.ts'
import { status } from '../../lib/endpoints/status.ts'
import { webhook } from '../../lib/endpoints/webhook.ts'
import type { EngineKind } from '../../lib/dev/store/engine.ts'
import { startTelegram, type TelegramEmulator } from '../../lib/dev/telegram/emulator.ts'
import { methods, type Method } from '../../lib/http/route.ts'
import { keysUnder, openStore as openClient } from '../../lib/redis.ts'
import type { Clock } from '../../lib/time.ts'
import { openStore } from './store.ts'
import { loadBot } from './load-bot.ts'

export const ADMIN = 'an-admin-token-of-more-than-32-characters'
export const TOKEN = '123456789:AAabcdefghijklmnopqrstuvw'
export const HOOK = 'the-webhook-secret-0123456789'
export const ORIGIN = 'https://bot.example.com'
/** Start of a test's clock when the test sets the time. */
export const START_MS = 1_790_000_000_000

type Endpoint = (request: Request, around: Surroundings) => Promise<Response>

const ROUTES: Record<string, Partial<Record<Method, Endpoint>>> = {
  '/health': { GET: health },
  '/status': { GET: status },
  '/session': { GET: session.whoAmI, POST: session.logIn, DELETE: session.logOut },
  '/restart': { POST: restart },
  '/reset-errors': { POST: resetErrorCounter },
  '/drain': { GET: drainNow, POST: drainNow },
  '/processing': { POST: setProcessing },
  '/dead-letters': { GET: deadLetters.list, POST: deadLetters.act },
  '/mailboxes': { GET: mailboxes.listAll, POST: mailboxes.release },
  '/setup': { GET: setup.checkSetup, POST: setup.proveSetup },
  '/webhook': { POST: webhook },
}

export interface Asked {
  token?: string
  cookie?: string
  /** Sent as JSON unless it is a text. */
  body?: unknown
  headers?: Record<string, string>
}

export interface Answered {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
  /** The `name=value` of its cookie, as a browser would send it back; empty where it sets none. */
  cookie: string
}

export type Panel = Awaited<ReturnType<typeof openPanel>>

/** Opens the endpoints with their own key prefix. */
export async function openPanel(engine: EngineKind, telegram?: TelegramEmulator) {
  const test = openStore(engine)
  const bot = telegram ?? (await startTelegram({ token: TOKEN }))
  const pending = new Set<Promise<unknown>>()
  const lines: Record<string, unknown>[] = []
  const env: Record<string, string> = {
    TELEGRAM_BOT_TOKEN: TOKEN,
    ADMIN_TOKEN: ADMIN,
    TELEGRAM_WEBHOOK_SECRET: HOOK,
    UPSTASH_REDIS_REST_URL: test.url,
    UPSTASH_REDIS_REST_TOKEN: test.token,
    KEY_PREFIX: test.prefix,
    TELEGRAM_API_ROOT: bot.url,
    PUBLIC_URL: ORIGIN,
    ADMIN_TELEGRAM_IDS: '901,902',
  }

  const panel = {
    env,
    /** The time of the store's scripts and of the sessions; null for the real time. */
    nowMs: null as number | null,
    /** The clock for durations; null for the system's. */
    clock: null as Clock | null,
    test,
    telegram: bot,
    keys: keysUnder(test.prefix),
    store: openClient(
      { store: { url: test.url, token: test.token }, keyPrefix: test.prefix, storeKeyLocking: false },
      { now: () => now() },
    ),
    /** What was logged, parsed. */
    lines,
    async ask(method: Method, path: string, { token, cookie, body, headers }: Asked = {}): Promise<Answered> {
      const text = body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body)
      const request = new Request(`${ORIGIN}${path}`, {
        method,
        body: text,
        headers: {
          ...(text !== null && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          // Like a page of this deployment.
          ...(cookie !== undefined && { cookie, ...(method !== 'GET' && { origin: ORIGIN }) }),
          ...headers,
        },
      })
      // An empty value means that the header is not sent.
      for (const [name, value] of Object.entries(headers ?? {}))
        if (value === '') request.headers.delete(name)
      const route = ROUTES[new URL(request.url).pathname] ?? {}
      const bound = Object.entries(route).map(([name, endpoint]) => [
        name,
        (given: Request) => endpoint(given, around()),
      ])
      const handlers = Object.fromEntries(bound) as Parameters<typeof methods>[0]
      const response = await methods(handlers, around)[method](request)
      const answer = await response.text()
      const [first = ''] = response.headers.getSetCookie()
      return {
        status: response.status,
        headers: response.headers,
        text: answer,
        json: (answer.startsWith('{') ? JSON.parse(answer) : {}) as Record<string, unknown>,
        cookie: first.split(';')[0] ?? '',
      }
    },
    /** Sends a request with the admin token. */
    operate: (method: Method, path: string, body?: unknown) =>
      panel.ask(method, path, { token: ADMIN, ...(body !== undefined && { body }) }),
    /** A session by the admin token. */
    async logIn(): Promise<string> {
      const { status: code, cookie } = await panel.ask('POST', '/session', { body: { token: ADMIN } })
      if (code !== 200) throw new Error(`no login: ${code}`)
      return cookie
    },
    /** Delivers an update like Telegram. */
    deliver: (update: unknown) =>
      panel.ask('POST', '/webhook', { body: update, headers: { 'x-telegram-bot-api-secret-token': HOOK } }),
    /** The audit log as [action, result], newest first; with ×n for n in a row. */
    async audit(): Promise<[string, string][]> {
      const { json } = await panel.operate('GET', '/status?view=audit')
      const entries = json['entries'] as { action: string; result: string; count: number }[]
      return entries.map(({ action, result, count }) => [action, count > 1 ? `${result} ×${count}` : result])
    },
    events: (event: string) => lines.filter((line) => line['event'] === event),
    /** Resolves when all work after the answers has ended. */
    async settled(): Promise<void> {
      while (pending.size > 0) await Promise.allSettled(pending)
    },
    async close(): Promise<void> {
      await panel.settled()
      if (!telegram) await bot.close()
      await test.cleanup()
    },
  }
  const now = (): string => (panel.nowMs === null ? '' : String(panel.nowMs))
  const around = (): Surroundings => ({
    env: { ...env },
    now,
    ...(panel.clock && { clock: panel.clock }),
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    bot: loadBot,
    waitUntil(work) {
      pending.add(work)
      void work.finally(() => pending.delete(work)).catch(() => {})
    },
  })
  return panel
}

/** A private message of a user, with its command marked. */
export function message(id: number, text: string, user = 77) {
  const chat = { id: user, type: 'private', first_name: 'Ada' }
  const entities = text.startsWith('/')
    ? [{ type: 'bot_command', offset: 0, length: text.split(' ')[0]?.length ?? 0 }]
    : []
  const from = { id: user, is_bot: false, first_name: 'Ada', language_code: 'en' }
  return { update_id: id, message: { message_id: id, date: 1_795_000_000, chat, from, text, entities } }
}

/** A clock on which waiting costs nothing. */
export function skippingClock(): Clock {
  let skippedMs = 0
  return {
    monotonicMs: () => performance.now() + skippedMs,
    sleep: (ms) => Promise.resolve(void (skippedMs += ms)),
  }
}
