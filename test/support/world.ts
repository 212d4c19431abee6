/**
 * The whole system from outside: the functions as a process, a real Redis behind a front that injects faults,
 * and a fake Telegram. Every world has its own key prefix, and secrets that are easy to find where they
 * should not be.
 */
import { randomBytes } from 'node:crypto'
import { describe, inject, it } from 'vitest'
import { post, startFakeTelegram, type FakeTelegram, type Target, type Update } from './fake-telegram.ts'
import { startFaultFront, type FaultFront } from './fault-front.ts'
import { expectNoLeak, USERS_WORD } from './leaks.ts'
import { startServer, type Server } from './server.ts'
import { everythingIn } from './store-dump.ts'
import { engines, openStore, type TestStore } from './store.ts'
import { until } from './until.ts'

/** A suite that needs the native engine; without one it is reported as skipped. */
export function describeSystem(name: string, suite: () => void): void {
  if (engines.includes('native')) describe(name, suite)
  else describe.skip(name, () => it('needs redis-server or valkey-server on PATH', () => {}))
}

/** Slow cases run in their long form only where EVERGRAM_LONG is set. */
export const isLong = Boolean(process.env['EVERGRAM_LONG'])

export interface WorldOptions {
  /** Additional settings. */
  env?: Record<string, string>
  /** Sets PUBLIC_URL, so that the bot registers and watches its webhook. */
  isPublic?: boolean
  /** False for the time limits that a deployment has by default. */
  isPatient?: boolean
  /** Factor by which Telegram's redelivery is faster than the real one. */
  speed?: number
}

/** The fields of /health that the tests read. */
export interface Health {
  status: string
  bot_status: string
  error_count: number
  reasons: string[]
  inbox: {
    pending: number
    dead_letters: number
    oldest_pending_s: number
    last_sweep_at: string | null
  } | null
  telegram: { ok: boolean }
  store: { ok: boolean }
  detail?: Record<string, unknown>
}

export interface World {
  telegram: FakeTelegram
  front: FaultFront
  store: TestStore
  /** Where the engine itself listens. */
  redisPort: number
  secrets: Readonly<
    Record<'botToken' | 'adminToken' | 'webhookSecret' | 'sessionSecret' | 'cronSecret', string>
  >
  /** Where Telegram delivers; follows the server over restarts. */
  target: Target
  server(): Server
  /** Starts another server over the same store; the former must have been ended. `env`: settings of this one alone. */
  restart(env?: Record<string, string>): Promise<void>
  /** The output of all servers of this world. */
  output(): string
  /** Log lines of an event, over all servers of this world. */
  events(event: string): Record<string, unknown>[]
  /** Posts an update once, without Telegram's retries. */
  post(update: unknown): Promise<{ status: number; retryAfterSeconds: number | null }>
  /** Delivers an update by Telegram's rules, after the chat's earlier ones. */
  deliver(update: Update): Promise<unknown>
  /** Calls the server, by default with the admin token. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  health(): Promise<{ code: number; body: Health; durationMs: number }>
  /** Reads the pending count from the store, because a request to the server would start maintenance. */
  pending(): Promise<number>
  /** Waits until nothing is pending, without calling the server. */
  drained(withinMs?: number): Promise<void>
  /** Ends everything. @throws where output, answers, calls or the store contain a secret, or a log a user's text */
  close(): Promise<void>
}

export interface CallOptions {
  token?: string | null
  body?: unknown
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
}

/**
 * Limits of time that a busy machine keeps. A test that is about a limit, a lease's end or a store that is away gives
 * its own.
 */
const PATIENT = {
  LEASE_SECONDS: '60',
  STORE_TRY_TIMEOUT_MS: '10000',
  STORE_TIMEOUT_MS: '20000',
  TELEGRAM_TIMEOUT_MS: '30000',
}

/** Opens a world over the native engine. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { isPatient = true } = options
  const canary = (name: string) => `${name}-${randomBytes(24).toString('base64url')}`
  const store = openStore('native')
  const tryMs = Number(
    options.env?.['STORE_TRY_TIMEOUT_MS'] ?? (isPatient ? PATIENT.STORE_TRY_TIMEOUT_MS : 3000),
  )
  const front = await startFaultFront({ target: store.url, tryMs })
  const secrets = {
    botToken: `7000000007:${canary('BOT')}`,
    adminToken: canary('ADMIN'),
    webhookSecret: canary('HOOK'),
    sessionSecret: canary('SESSION'),
    cronSecret: canary('CRON'),
  }
  const telegram = await startFakeTelegram({
    token: secrets.botToken,
    ...(options.speed && { speed: options.speed }),
  })
  const env = {
    TELEGRAM_BOT_TOKEN: secrets.botToken,
    ADMIN_TOKEN: secrets.adminToken,
    TELEGRAM_WEBHOOK_SECRET: secrets.webhookSecret,
    SESSION_SECRET: secrets.sessionSecret,
    CRON_SECRET: secrets.cronSecret,
    UPSTASH_REDIS_REST_URL: front.url,
    UPSTASH_REDIS_REST_TOKEN: store.token,
    TELEGRAM_API_ROOT: telegram.url,
    KEY_PREFIX: store.prefix,
    RATE_LIMIT_REQUESTS: '0',
    ...(isPatient && PATIENT),
    ...(options.isPublic && { PUBLIC_URL: 'https://evergram.example' }),
    ...options.env,
  }
  const servers = [await startServer(env)]
  const server = () => servers.at(-1)!
  const output = () => servers.map((one) => one.output()).join('')
  /** Each different answer once, without its date: ten thousand answers of the webhook are only a few. */
  const answers = new Set<string>()
  const heard = (headers: Headers, text: string) => {
    const lines = [...headers].flatMap(([name, value]) => (name === 'date' ? [] : [`${name}: ${value}`]))
    answers.add([...lines, text].join('\n'))
  }
  const target: Target = { url: server().url, secret: secrets.webhookSecret, heard }

  const call = async (
    method: string,
    path: string,
    { token = secrets.adminToken, body, headers }: CallOptions = {},
  ): Promise<Answer> => {
    const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${server().url}${path}`, {
      method,
      redirect: 'manual',
      body: text,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(text !== null && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const answer = await response.text()
    heard(response.headers, answer)
    return { status: response.status, headers: response.headers, text: answer, json: parse(answer) }
  }

  const pending = async () => {
    const keys = Array.from({ length: 8 }, (_, index) => `${store.prefix}:shard:${index}`)
    const replies = await store.raw.pipeline(keys.map((key) => ['HGET', key, 'pending']))
    return replies.reduce<number>((sum, reply) => sum + (Buffer.isBuffer(reply) ? Number(reply) : 0), 0)
  }

  const world: World = {
    telegram,
    front,
    store,
    redisPort: inject('stores').native?.redisPort ?? 0,
    secrets,
    target,
    server,
    async restart(more) {
      servers.push(await startServer({ ...env, PORT: new URL(server().url).port, ...more }))
      target.url = server().url
    },
    output,
    events: (event) => servers.flatMap((one) => one.lines()).filter((line) => line['event'] === event),
    post: (update) => post(target, update),
    deliver: (update) => telegram.queue(target, update),
    call,
    async health() {
      const started = Date.now()
      const { status, json } = await call('GET', '/health')
      return { code: status, body: json as unknown as Health, durationMs: Date.now() - started }
    },
    pending,
    drained: async (withinMs) => {
      await until('nothing to be pending', async () => (await pending()) === 0, withinMs)
    },
    async close() {
      try {
        await Promise.all(servers.map((one) => one.kill()))
        const stored = await everythingIn(store)
        const sent = JSON.stringify(telegram.sent)
        const texts = { 'the output': output(), 'an answer': [...answers].join('\n'), 'the store': stored }
        expectNoLeak({ ...texts, 'a message': sent }, { ...secrets, storeToken: store.token })
        expectNoLeak({ 'the output': output() }, { 'what users write': USERS_WORD })
      } finally {
        await front.close()
        await telegram.close()
        await store.cleanup()
      }
    },
  }
  return world
}

/** Opens a world for one test that may run at the same time as others. */
export async function inWorld(options: WorldOptions, use: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld(options)
  try {
    await use(world)
  } catch (error) {
    // Report the first failure.
    await world.close().catch(() => {})
    throw error
  }
  await world.close()
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
