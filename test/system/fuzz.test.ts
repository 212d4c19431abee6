/**
 * Arbitrary bodies, headers, methods and ids: never a 5xx, 3xx or 410, always JSON, nothing lost, nothing polluted.
 * FUZZ_SEED repeats a run that failed; its seed is in the failure.
 */
import { request as send } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as webhook from '../../api/webhook.ts'
import { startFakeTelegram, textUpdate, type FakeTelegram } from '../support/fake-telegram.ts'
import { readBooks } from '../support/mailbox.ts'
import { anyText, fromSchema, junk, mutated, shapeless } from '../support/odd-updates.ts'
import { pongs } from '../support/pings.ts'
import { providePlatform, type Platform } from '../support/platform.ts'
import { hasRecorded, recordedUpdates } from '../support/recorded.ts'
import { openStore, type TestStore } from '../support/store.ts'
import { until } from '../support/until.ts'
import { describeSystem, isLong, openWorld, type World } from '../support/world.ts'
import { OWN_UPDATES } from '../updates/index.ts'

const seed = process.env['FUZZ_SEED'] ?? (isLong ? undefined : '4000000')
const RUNS = isLong ? 5000 : 120
const soakMs = Number(process.env['EVERGRAM_SOAK_MINUTES'] ?? 0) * 60_000
/** How many properties share the time of a soak. */
const PROPERTIES = 7
const options = (runs = RUNS) => ({
  ...(soakMs > 0
    ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: soakMs / PROPERTIES }
    : { numRuns: runs }),
  ...(seed && { seed: Number(seed) }),
})
const LIMIT_MS = soakMs + (isLong ? 280_000 : 180_000)

const TOKEN = '123456789:AAabcdefghijklmnopqrstuvw'
const SECRET = 'the-webhook-secret-0123456789'

/** What holds for every answer of every function. */
function checkAnswer(status: number, type: string | null, body: string, what: string): void {
  expect(status, what).toBeGreaterThanOrEqual(200)
  expect(status, what).not.toBe(410)
  expect(status >= 300 && status < 400, `${what}: ${status}`).toBe(false)
  // The store is well, so there is no reason for a 503 either.
  expect(status, `${what}: ${body}`).toBeLessThan(500)
  expect(type, what).toMatch(/^application\/json/)
  if (body !== '') JSON.parse(body)
}

describeSystem('any body under the right secret', () => {
  let store: TestStore
  let telegram: FakeTelegram
  let platform: Platform
  const before = { ...process.env }

  beforeAll(async () => {
    store = openStore('native')
    telegram = await startFakeTelegram({ token: TOKEN })
    platform = providePlatform()
    Object.assign(process.env, {
      TELEGRAM_BOT_TOKEN: TOKEN,
      ADMIN_TOKEN: 'an-admin-token-of-more-than-32-characters',
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      UPSTASH_REDIS_REST_URL: store.url,
      UPSTASH_REDIS_REST_TOKEN: store.token,
      KEY_PREFIX: store.prefix,
      TELEGRAM_API_ROOT: telegram.url,
      RATE_LIMIT_REQUESTS: '0',
      MAX_ATTEMPTS: '1',
      LOG_LEVEL: 'silent',
    })
  })
  afterAll(async () => {
    platform.restore()
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
    await telegram.close()
    await store.cleanup()
  })

  const deliver = async (body: string | Uint8Array<ArrayBuffer>) => {
    const answer = await webhook.POST(
      new Request('https://bot.example.com/webhook', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
        body,
      }),
    )
    const text = await answer.text()
    await platform.settled()
    return { status: answer.status, type: answer.headers.get('content-type'), text }
  }

  let lastId = 0
  const nextId = () => 1_000_000 + ++lastId

  /** Every body is answered 200, every update settled without a failure, and the next good message answered. */
  const survives = async (bodies: fc.Arbitrary<string | Uint8Array<ArrayBuffer>>) => {
    const property = fc.asyncProperty(bodies, async (body) => {
      const { status, type, text } = await deliver(body)
      checkAnswer(status, type, text, 'the webhook')
      expect(status).toBe(200)
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
      expect(Object.keys(Object.prototype)).toEqual([])
      const dead = (await store.raw.command('HGETALL', `${store.prefix}:dead`)) as Buffer[]
      expect(dead.map(String).filter((field) => !/^(#.*|0)$/.test(field))).toEqual([])
    })
    await fc.assert(property, options())
    // A soak that is over leaves its last body under way.
    await until('all to be settled', async () => (await readBooks({ store } as World)).pending === 0)
    const books = await readBooks({ store } as World)
    expect(books).toMatchObject({ accepted: books.settled, pending: 0, dead: 0, faults: '' })
    const tag = `after${nextId()}`
    await deliver(JSON.stringify(textUpdate(`/ping ${tag}`, 42)))
    expect(pongs(telegram, 42)).toContain(tag)
    return books
  }

  it('junk', () => survives(junk), LIMIT_MS)

  it('objects of any inside', () => survives(shapeless(nextId)), LIMIT_MS)

  const sound = OWN_UPDATES.map(({ update }): Record<string, unknown> => update)
  it('our own updates, mutated', () => survives(mutated(sound, nextId)), LIMIT_MS)

  const recorded = recordedUpdates().map(({ update }) => update)
  if (!hasRecorded) console.warn('SKIPPED: recorded updates, mutated (no ../shared/fixtures)')
  it.skipIf(!hasRecorded)('recorded updates, mutated', () => survives(mutated(recorded, nextId)), LIMIT_MS)

  const made = fromSchema(nextId)
  if (made === null) console.warn('SKIPPED: updates from the schema (no ../shared/telegram/api.json)')
  it.skipIf(made === null)(
    'updates of every kind from the schema',
    async () => {
      if (made === null) return
      const { accepted } = await survives(made)
      // A control: they are updates, and the bot has answered some.
      expect(accepted).toBeGreaterThan(RUNS / 3)
      expect(telegram.sent.length).toBeGreaterThan(5)
    },
    LIMIT_MS,
  )

  it(
    'an id up to 2^52, positive or negative, is the same at every boundary',
    async () => {
      const id = fc.oneof(fc.integer({ min: -(2 ** 52), max: -1 }), fc.integer({ min: 1, max: 2 ** 52 }))
      const property = fc.asyncProperty(id, id, async (chatId, updateId) => {
        const update = { ...textUpdate('/ping id', chatId), update_id: updateId }
        // Small numbers and those near the ends come up more than once, and an id counts once.
        const seen = `${store.prefix}:seen:${updateId}`
        fc.pre((await store.raw.command('EXISTS', seen)) === 0)
        const before = pongs(telegram, chatId).length
        expect(await deliver(JSON.stringify(update))).toMatchObject({ status: 200 })
        expect(pongs(telegram, chatId)).toHaveLength(before + 1)
        expect(await store.raw.command('EXISTS', seen)).toBe(1)
        expect(await deliver(JSON.stringify(update))).toMatchObject({ status: 200 })
        expect(pongs(telegram, chatId)).toHaveLength(before + 1)
      })
      await fc.assert(property, options(RUNS / 5))
    },
    LIMIT_MS,
  )
})

describeSystem('any request', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld({ env: { LOG_LEVEL: 'error' } })
  })
  afterAll(() => world.close())

  const rewrites = JSON.parse(readFileSync(join(import.meta.dirname, '../../vercel.json'), 'utf8')) as {
    rewrites: { source: string; destination: string }[]
  }
  const paths = rewrites.rewrites.flatMap(({ source, destination }) =>
    destination.startsWith('/api/') ? [source] : [],
  )
  // What a client can put on the wire; Node itself answers 400 or 431 to the rest.
  const headerValue = fc
    .oneof(anyText, fc.string({ maxLength: 200 }))
    .map((text) => Buffer.from(text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '')).toString('latin1'))
  const headerName = fc.oneof(
    fc.constantFrom('accept', 'origin', 'cookie', 'referer', 'x-forwarded-for', 'x-http-method-override'),
    fc.constantFrom(
      'sec-fetch-site',
      'if-none-match',
      'range',
      'content-encoding',
      'x-vercel-id',
      '__proto__',
    ),
    fc
      .stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
      .filter(
        (name) => !/^(content-length|transfer-|host$|connection|upgrade|expect|te$|trailer)/.test(name),
      ),
  )
  const request = fc.record({
    path: fc.constantFrom(...paths),
    query: fc.oneof(
      fc.constant(''),
      anyText.map((text) => `?${encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '').slice(0, 200))}`),
    ),
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'),
    type: fc.constantFrom(
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      'multipart/form-data',
      '',
    ),
    auth: fc.constantFrom('none', 'admin', 'secret', 'both', 'wrong'),
    headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 8 }),
    body: fc.oneof(junk, fc.constantFrom('{}', '{"action":"replay","all":true}', '{"token":"x"}')),
  })

  const ask = ({
    path,
    query,
    method,
    type,
    auth,
    headers,
    body,
  }: typeof request extends fc.Arbitrary<infer T> ? T : never) =>
    new Promise<{ status: number; type: string | null; text: string }>((resolve, reject) => {
      const { adminToken, webhookSecret } = world.secrets
      const flat = ['host', 'bot.example.com', ...headers.flat()]
      if (type !== '') flat.push('content-type', type)
      if (auth === 'admin' || auth === 'both') flat.push('authorization', `Bearer ${adminToken}`)
      if (auth === 'secret' || auth === 'both') flat.push('x-telegram-bot-api-secret-token', webhookSecret)
      if (auth === 'wrong') flat.push('authorization', 'Bearer \u00ff', 'x-telegram-bot-api-secret-token', '')
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      flat.push('content-length', String(bytes.length))
      const outgoing = send(
        new URL(`${path}${query}`, world.server().url),
        { method, headers: flat },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              type: answer.headers['content-type'] ?? null,
              text: Buffer.concat(chunks).toString(),
            }),
          )
          answer.on('error', reject)
        },
      )
      outgoing.on('error', reject)
      outgoing.end(bytes)
    })

  const unharmed = async (tag: string) => {
    await world.drained()
    await world.deliver(textUpdate(`/ping ${tag}`, 4_000_001))
    await world.drained()
    expect(pongs(world.telegram, 4_000_001)).toContain(tag)
    const { code, body } = await world.health()
    expect(code).toBe(200)
    expect(body.inbox).toMatchObject({ pending: 0, dead_letters: 0 })
  }

  it(
    'at every path, with any method, headers and body, is answered in JSON',
    async () => {
      const property = fc.asyncProperty(request, async (asked) => {
        const { status, type, text } = await ask(asked)
        checkAnswer(status, type, text, `${asked.method} ${asked.path}`)
        for (const secret of Object.values(world.secrets)) expect(text).not.toContain(secret)
        if (asked.auth === 'none' && !/^\/(health|session)$/.test(asked.path)) {
          expect([401, 404, 405], `${asked.method} ${asked.path}`).toContain(status)
        }
      })
      await fc.assert(property, options())
      await unharmed('requests')
    },
    LIMIT_MS,
  )

  it('with a flood of headers does no harm to the next', async () => {
    for (const [count, length] of [
      [80, 10],
      [300, 30],
      [10, 1500],
      [1, 15_000],
      [1, 100_000],
      [3000, 10],
    ] as const) {
      const headers = Array.from({ length: count }, (_, index): [string, string] => [
        `x-h${index}`,
        'v'.repeat(length),
      ])
      const base = {
        path: '/webhook',
        query: '',
        method: 'POST',
        type: 'application/json',
        auth: 'secret',
      } as const
      const body = JSON.stringify(textUpdate(`/ping flood${count}x${length}`, 4_000_002))
      const answer = await ask({ ...base, headers, body }).catch(() => null)
      // The platform refuses what is too large by itself; a body that came through is accepted.
      expect([200, 431, undefined]).toContain(answer?.status)
    }
    await unharmed('flood')
  })
})
