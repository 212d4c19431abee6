/**
 * The account API on a real engine and the test server of MTProto, asked as the panel or curl would.
 *
 *   const account = await openAccount()
 *   expect(await account.ask('GET', '/account')).toMatchObject({ status: 200, json: { state: 'none' } })
 */
import * as endpoints from '../../lib/endpoints/account.ts'
import { startMtproto, type MtprotoServer } from '../../lib/dev/mtproto/server.ts'
import { startTelegram } from '../../lib/dev/telegram/emulator.ts'
import type { EngineKind } from '../../lib/dev/store/engine.ts'
import { routes } from '../../lib/http/routes.ts'
import type { Method } from '../../lib/http/route.ts'
import type { Surroundings } from '../../lib/invocation.ts'
import { keysUnder } from '../../lib/redis.ts'
import { cookieOf, newSession } from '../../lib/auth/session.ts'
import { readConfig } from '../../lib/config.ts'
import { loadBot } from './load-bot.ts'
import { engines, openStore } from './store.ts'

export const ADMIN = 'an-admin-token-of-more-than-32-characters'
export const API_HASH = '0123456789abcdef0123456789abcdef'
const ORIGIN = 'https://bot.example.com'

type Endpoint = (request: Request, around: Surroundings) => Promise<Response>

export interface Answered {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
}

export type AccountWorld = Awaited<ReturnType<typeof openAccount>>

export async function openAccount(
  options: { engine?: EngineKind; server?: MtprotoServer; env?: Record<string, string> } = {},
) {
  const test = openStore(options.engine ?? engines[0] ?? 'js')
  const server = options.server ?? (await startMtproto())
  const telegram = await startTelegram({ token: '123456789:AAabcdefghijklmnopqrstuvw' })
  const lines: string[] = []
  const pending = new Set<Promise<unknown>>()
  const env: Record<string, string> = {
    TELEGRAM_BOT_TOKEN: '123456789:AAabcdefghijklmnopqrstuvw',
    ADMIN_TOKEN: ADMIN,
    UPSTASH_REDIS_REST_URL: test.url,
    UPSTASH_REDIS_REST_TOKEN: test.token,
    KEY_PREFIX: test.prefix,
    TELEGRAM_API_ROOT: telegram.url,
    PUBLIC_URL: ORIGIN,
    ADMIN_TELEGRAM_IDS: '901,902',
    TELEGRAM_API_ID: '12345',
    TELEGRAM_API_HASH: API_HASH,
    TELEGRAM_MTPROTO: server.setting,
    ...options.env,
  }
  const around = (): Surroundings => ({
    env: { ...env },
    ...(world.nowMs !== null && { now: () => String(world.nowMs) }),
    write: (line) => lines.push(line),
    bot: loadBot,
    waitUntil(work) {
      pending.add(work)
      void work.finally(() => pending.delete(work)).catch(() => {})
    },
  })
  const bound = (endpoint: Endpoint) => (request: Request) => endpoint(request, around())
  const functions = routes(
    {
      '/account': { GET: bound(endpoints.tellState), DELETE: bound(endpoints.end) },
      '/account/qr': { POST: bound(endpoints.startByQr) },
      '/account/qr/check': { POST: bound(endpoints.checkByQr) },
      '/account/code': { POST: bound(endpoints.startByCode) },
      '/account/verify': { POST: bound(endpoints.guess) },
      '/account/login': { DELETE: bound(endpoints.giveUp) },
      '/account/user': { GET: bound(endpoints.tellUser) },
      '/account/chats': { GET: bound(endpoints.listChats) },
      '/account/chats/:chat/messages': { GET: bound(endpoints.listMessages) },
      '/drain': {
        POST: async (request) => bound((await import('../../lib/endpoints/drain.ts')).drainNow)(request),
      },
    },
    around,
  )

  const world = {
    env,
    server,
    telegram,
    test,
    keys: keysUnder(test.prefix),
    /** Of the store's scripts; null for the real one. */
    nowMs: null as number | null,
    /** What was logged. */
    lines,
    /** What the answers held, texts and headers. */
    answers: [] as string[],
    /** @param as a Telegram administrator's id; the admin token without one */
    async ask(method: Method, path: string, body?: unknown, as: string | null = null): Promise<Answered> {
      const config = readConfig(env)
      const session = newSession(`telegram:${as ?? ''}`, false, Date.now())
      const [cookie = ''] = cookieOf(config, session, Date.now()).split(';')
      const request = new Request(`${ORIGIN}${path}`, {
        method,
        body: method === 'GET' ? null : JSON.stringify(body ?? {}),
        headers: {
          'content-type': 'application/json',
          ...(as === null ? { authorization: `Bearer ${ADMIN}` } : { cookie, origin: ORIGIN }),
        },
      })
      const response = await functions[method](request)
      const text = await response.text()
      world.answers.push(`${[...response.headers].join('\n')}\n${text}`)
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: JSON.parse(text) as Record<string, unknown>,
      }
    },
    /** Status and error code, or state. */
    async told(method: Method, path: string, body?: unknown, as: string | null = null): Promise<string> {
      const { status, json } = await world.ask(method, path, body, as)
      const { code } = (json['error'] ?? {}) as { code?: string }
      return `${status} ${code ?? (json as { state?: string }).state ?? 'ok'}`
    },
    /** Logs in by QR code. @returns the account */
    async connect(given: Parameters<MtprotoServer['add']>[0] = {}, as: string | null = null) {
      const account = server.add(given)
      const { json, text } = await world.ask('POST', '/account/qr', {}, as)
      if (json['state'] !== 'qr_waiting') throw new Error(text)
      server.scan(String(json['url']), account)
      const answer = await world.told('POST', '/account/qr/check', {}, as)
      if (answer !== '200 connected' && answer !== '200 password_needed') throw new Error(answer)
      return account
    },
    /** Forgets our own limits, which a test of something else would meet. */
    async forgetLimits(operator = 'admin'): Promise<void> {
      await test.redis.del(world.keys.accountTries(operator))
    },
    refuse(method: string, code: number, text: string, times = 1): void {
      server.cloud.faults.refusals.set(method, { code, text, times })
    },
    events: (event: string) =>
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line['event'] === event),
    async close(): Promise<void> {
      while (pending.size > 0) await Promise.allSettled(pending)
      if (!options.server) await server.close()
      await telegram.close()
      await test.cleanup()
    },
  }
  return world
}
