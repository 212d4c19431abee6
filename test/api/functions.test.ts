import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as drain from '../../api/drain.ts'
import * as health from '../../api/health.ts'
import * as panel from '../../api/panel.ts'
import * as resetErrors from '../../api/reset-errors.ts'
import * as restart from '../../api/restart.ts'
import * as webhook from '../../api/webhook.ts'
import { startTelegram, type TelegramEmulator } from '../../lib/dev/telegram/emulator.ts'
import { health as handleHealth } from '../../lib/endpoints/health.ts'
import { webhook as handleWebhook } from '../../lib/endpoints/webhook.ts'
import { errorAnswer } from '../../lib/http/route.ts'
import type { Clock } from '../../lib/time.ts'
import { keysUnder } from '../../lib/redis.ts'
import { describeEngines, openStore, type TestStore } from '../support/store.ts'
import { providePlatform, type Platform } from '../support/platform.ts'
import { loadBot } from '../support/load-bot.ts'

const ADMIN = 'an-admin-token-of-more-than-32-characters'
const SECRET = 'the-webhook-secret-0123456789'
const TOKEN = '123456789:AAabcdefghijklmnopqrstuvw'
const asAdmin = { authorization: `Bearer ${ADMIN}` }

const request = (path: string, init?: RequestInit) => new Request(`https://bot.example.com${path}`, init)
const postJson = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const deliver = (body: unknown, secret = SECRET) =>
  webhook.POST(postJson('/webhook', body, { 'x-telegram-bot-api-secret-token': secret }))

describeEngines('the functions', (engine) => {
  let store: TestStore
  let telegram: TelegramEmulator
  let platform: Platform
  const before = { ...process.env }

  beforeAll(async () => {
    telegram = await startTelegram({ token: TOKEN })
  })
  afterAll(() => telegram.close())

  beforeEach(() => {
    store = openStore(engine)
    platform = providePlatform()
    telegram.faults.clear()
    Object.assign(process.env, {
      TELEGRAM_BOT_TOKEN: TOKEN,
      ADMIN_TOKEN: ADMIN,
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      UPSTASH_REDIS_REST_URL: store.url,
      UPSTASH_REDIS_REST_TOKEN: store.token,
      KEY_PREFIX: store.prefix,
      TELEGRAM_API_ROOT: telegram.url,
      LOG_LEVEL: 'silent',
      // The engine in JavaScript is slow with a large body on a busy machine.
      STORE_TRY_TIMEOUT_MS: '20000',
      STORE_TIMEOUT_MS: '30000',
    })
  })
  afterEach(async () => {
    await platform.settled()
    platform.restore()
    process.env = { ...before }
    await store.cleanup()
  })

  const update = (id: number, text: string, user = telegram.user({ first_name: 'Ada' })) => ({
    update_id: id,
    message: {
      message_id: id,
      date: 1_795_000_000,
      chat: { id: user.id, type: 'private', first_name: 'Ada' },
      from: user,
      text,
      entities: [{ type: 'bot_command', offset: 0, length: 5 }],
    },
  })

  it('accepts an update and answers it behind the 200', async () => {
    const user = telegram.user({ first_name: 'Ada' })
    const answer = await deliver(update(1, '/ping hi', user))
    expect(answer.status).toBe(200)
    await platform.settled()
    expect(telegram.replies(user)[0]).toMatch(/^pong hi\n\d+ ms$/)
  })

  it.each([
    ['no secret', ''],
    ['a wrong secret', 'wrong'],
    ['a malformed secret', 'not allowed!'],
  ])('refuses %s with 401', async (_name, secret) => {
    const answer = await deliver(update(1, '/ping'), secret)
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ error: { code: 'unauthorized' } })
  })

  it.each([
    ['cut JSON', '{"update_id":1,'],
    ['nothing', ''],
    ['an array', '[1]'],
    ['no update_id', '{"message":{}}'],
    ['a fractional update_id', '{"update_id":1.5}'],
    ['a deep body', `{"update_id":7,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['a large body', JSON.stringify({ update_id: 8, x: 'y'.repeat(1_200_000) })],
  ])('takes %s with 200 and keeps a sample', async (_name, body) => {
    const answer = await deliver(body)
    expect(answer.status).toBe(200)
    expect(await store.raw.command('LLEN', keysUnder(store.prefix).malformed)).toBe(1)
  })

  it.each(['gzip', 'br', 'GZIP, identity'])(
    'refuses a body encoded with %s by 415 and keeps nothing',
    async (encoding) => {
      const headers = { 'x-telegram-bot-api-secret-token': SECRET, 'content-encoding': encoding }
      const answer = await webhook.POST(postJson('/webhook', update(1, '/ping'), headers))
      expect(answer.status).toBe(415)
      expect(await answer.json()).toMatchObject({ error: { code: 'unsupported_encoding' } })
      expect(await store.raw.command('LLEN', keysUnder(store.prefix).malformed)).toBe(0)
    },
  )

  it('answers an update behind a byte order mark', async () => {
    const user = telegram.user({ first_name: 'Ada' })
    expect((await deliver(`\ufeff${JSON.stringify(update(9, '/ping marked', user))}`)).status).toBe(200)
    await platform.settled()
    expect(telegram.replies(user).at(-1)).toMatch(/^pong marked/)
  })

  it('keeps no secret in the sample of a malformed body, not where it is cut either', async () => {
    expect((await deliver(`${'x'.repeat(1990)}${TOKEN}`)).status).toBe(200)
    const [sample] = (await store.raw.command(
      'LRANGE',
      keysUnder(store.prefix).malformed,
      '0',
      '0',
    )) as Buffer[]
    expect(String(sample)).toContain('xxx[secret]')
  })

  it('survives __proto__ and answers the next message', async () => {
    const user = telegram.user({ first_name: 'Ada' })
    const poison = JSON.stringify(update(5, '/ping a', user)).replace(
      '"update_id"',
      '"__proto__":{"polluted":1},"update_id"',
    )
    expect((await deliver(poison)).status).toBe(200)
    expect((await deliver(update(6, '/ping b', user))).status).toBe(200)
    await platform.settled()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(telegram.replies(user).at(-1)).toMatch(/^pong b/)
  })

  it('answers 503 with Retry-After while the store is away, and health says so', async () => {
    const env = { ...process.env, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:9', STORE_TIMEOUT_MS: '4000' }
    // A clock on which waiting costs nothing: the question whether the update was accepted is pursued for 30 s.
    let skippedMs = 0
    const clock: Clock = {
      monotonicMs: () => performance.now() + skippedMs,
      sleep: (ms) => Promise.resolve(void (skippedMs += ms)),
    }
    const pending: Promise<unknown>[] = []
    const around = {
      env,
      clock,
      bot: loadBot,
      waitUntil: (work: Promise<unknown>) => void pending.push(work),
    }
    const headers = { 'x-telegram-bot-api-secret-token': SECRET }
    const failure = handleWebhook(postJson('/webhook', update(1, '/ping'), headers), around)
    await expect(failure).rejects.toMatchObject({ name: 'StoreError', code: 'unreachable' })
    await failure.catch((error: unknown) => {
      expect(errorAnswer(error).status).toBe(503)
      expect(errorAnswer(error).headers.get('retry-after')).toBe('5')
    })
    expect(skippedMs).toBeLessThan(5000)
    const report = await handleHealth(request('/health'), around)
    expect(report.status).toBe(503)
    expect(await report.json()).toMatchObject({ status: 'unhealthy', store: { ok: false } })
    await Promise.all(pending)
    expect(skippedMs).toBeGreaterThan(30_000)
  })

  it('names every faulty variable in health, and nothing else works', async () => {
    delete process.env['ADMIN_TOKEN']
    process.env['LEASE_SECONDS'] = '1'
    const report = await health.GET(request('/health'))
    expect(report.status).toBe(503)
    expect(await report.json()).toMatchObject({
      status: 'unhealthy',
      bot_status: 'FAILED',
      faulty_variables: ['ADMIN_TOKEN', 'LEASE_SECONDS'],
    })
    const answer = await deliver(update(1, '/ping'))
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'configuration_faulty' } })
  })

  it.each([
    ['restart', restart.POST, 'POST'],
    ['reset-errors', resetErrors.POST, 'POST'],
    ['drain', drain.POST, 'POST'],
    ['drain', drain.GET, 'GET'],
    ['status', panel.GET, 'GET'],
    ['dead-letters', panel.GET, 'GET'],
    ['dead-letters', panel.POST, 'POST'],
    ['processing', panel.POST, 'POST'],
    ['mailboxes', panel.GET, 'GET'],
    ['mailboxes', panel.POST, 'POST'],
    ['setup', panel.GET, 'GET'],
    ['setup', panel.POST, 'POST'],
    ['session', panel.GET, 'GET'],
    ['session', panel.DELETE, 'DELETE'],
  ] as const)('%s wants the admin token', async (path, handler, method) => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { cookie: 'session=x' }]) {
      const answer = await handler(request(`/${path}`, { method, headers }))
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ error: { code: 'unauthorized' } })
    }
  })

  it.each([
    ['webhook', webhook, 'POST'],
    ['health', health, 'GET, HEAD'],
    ['status', panel, 'GET, HEAD'],
    ['restart', restart, 'POST'],
    ['reset-errors', resetErrors, 'POST'],
    ['drain', drain, 'GET, HEAD, POST'],
    ['dead-letters', panel, 'GET, HEAD, POST'],
    ['session', panel, 'GET, HEAD, POST, DELETE'],
    ['processing', panel, 'POST'],
    ['mailboxes', panel, 'GET, HEAD, POST'],
    ['setup', panel, 'GET, HEAD, POST'],
  ] as const)('%s refuses other methods', async (path, module, allow) => {
    const answer = await module.PATCH(request(`/${path}`, { method: 'PATCH', headers: asAdmin }))
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
    expect(await answer.json()).toMatchObject({ error: { code: 'method_not_allowed' } })
  })

  it.each([
    ['restart', restart],
    ['reset-errors', resetErrors],
    ['drain', drain],
    ['dead-letters', panel],
    ['processing', panel],
    ['mailboxes', panel],
    ['setup', panel],
    ['session', panel],
  ] as const)('%s answers bad JSON of an operator with 422', async (path, module) => {
    const answer = await module.POST(postJson(`/${path}`, '{nonsense', asAdmin))
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ error: { code: 'bad_json' } })
  })

  it('dead-letters answers an action without its letters with 422', async () => {
    const answer = await panel.POST(postJson('/dead-letters', { action: 'replay' }, asAdmin))
    expect(answer.status).toBe(422)
  })

  it.each(['/api/panel', '/api/panel/', '/', '/statuses', '/status/x', '/constructor'])(
    'panel answers %s with 404',
    async (path) => {
      const answer = await panel.GET(request(path, { headers: asAdmin }))
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } })
    },
  )

  it('restarts: webhook, commands, proof; and health is healthy then', async () => {
    process.env['PUBLIC_URL'] = 'http://127.0.0.1:1'
    const answer = await restart.POST(postJson('/restart', '', asAdmin))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ restarted: true, complete: true, epoch: 1 })
    const again = await restart.POST(postJson('/restart', '', asAdmin))
    expect(await again.json()).toMatchObject({ restarted: true, epoch: 2 })
    const report = await health.GET(request('/health'))
    expect(await report.json()).toMatchObject({
      status: 'healthy',
      bot_status: 'OK',
      error_count: 0,
      telegram: { ok: true, webhook_url_matches: true },
    })
    expect(telegram.calls.filter(({ method }) => method === 'setMyCommands').length).toBeGreaterThanOrEqual(3)
  })

  it('dead-letters what Telegram refuses; lists, replays once, discards', async () => {
    const user = telegram.user({ first_name: 'Ada' })
    telegram.faults.set('sendMessage', { status: 400, times: 1, description: 'Bad Request: nonsense' })
    await deliver(update(11, '/ping lost', user))
    await platform.settled()
    const listed = await panel.GET(request('/dead-letters', { headers: asAdmin }))
    const body = (await listed.json()) as { total: number; dead_letters: { update_id: string }[] }
    expect(body).toMatchObject({ total: 1, dead_letters: [{ update_id: '11', attempts: 1 }] })
    const act = (action: string, more: object) =>
      panel.POST(postJson('/dead-letters', { action, ...more }, asAdmin)).then((r) => r.json())
    expect(await act('replay', { all: true, dry_run: true })).toMatchObject({ matched: 1, done: 0 })
    const both = await Promise.all([act('replay', { all: true }), act('replay', { all: true })])
    expect(both.map((one) => (one as { done: number }).done).toSorted((a, b) => a - b)).toEqual([0, 1])
    await platform.settled()
    expect(telegram.replies(user).filter((text) => text.startsWith('pong lost'))).toHaveLength(1)
    const gone = await panel.POST(postJson('/dead-letters', { action: 'discard', update_id: '11' }, asAdmin))
    expect(gone.status).toBe(404)
  })

  it('lets the cron in with its own secret', async () => {
    process.env['CRON_SECRET'] = 'a-cron-secret-of-some-length'
    const headers = { authorization: 'Bearer a-cron-secret-of-some-length' }
    expect((await drain.GET(request('/drain', { headers }))).status).toBe(200)
    expect((await restart.POST(request('/restart', { method: 'POST', headers }))).status).toBe(401)
  })

  it('honours the secret that Telegram was told before a rotation, and no other', async () => {
    process.env['PUBLIC_URL'] = 'http://127.0.0.1:1'
    await restart.POST(postJson('/restart', '', asAdmin))
    process.env['TELEGRAM_WEBHOOK_SECRET'] = 'the-new-webhook-secret-987'
    expect((await deliver(update(0, '/ping'))).status).toBe(200)
    await restart.POST(postJson('/restart', '', asAdmin))
    expect((await deliver(update(1, '/ping'))).status).toBe(200)
    expect((await deliver(update(2, '/ping'), 'the-new-webhook-secret-987')).status).toBe(200)
    expect((await deliver(update(3, '/ping'), 'some-other-secret')).status).toBe(401)
  })
})

describe('vercel.json', () => {
  const { rewrites } = JSON.parse(readFileSync('vercel.json', 'utf8')) as {
    rewrites: { source: string; destination: string }[]
  }
  const led = rewrites.flatMap(({ source, destination }) => (destination === '/api/panel' ? [source] : []))

  it.each(led)('leads %s to panel, which serves it', async (path) => {
    expect((await panel.OPTIONS(request(path, { method: 'OPTIONS' }))).status).toBe(405)
  })
})

describe('the webhook before its 200', () => {
  it('imports neither telegraf nor zod', () => {
    const hook = pathToFileURL('test/support/print-loads.mjs').href
    const register = `data:text/javascript,import{register}from'node:module';register('${hook}')`
    const loaded = execFileSync(
      process.execPath,
      [
        '--import',
        'tsx',
        '--import',
        register,
        '--input-type=module',
        '-e',
        "await import('./api/webhook.ts')",
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    expect(loaded).toContain('@upstash/redis')
    expect(loaded).toContain('lib/endpoints/webhook.ts')
    expect(loaded).not.toMatch(/node_modules\/(telegraf|zod)\//)
    // No other endpoint either, and of lib/auth nothing but the comparison of secrets.
    expect(loaded).not.toMatch(/lib\/(endpoints\/(?!webhook\.ts)|auth\/(?!secrets\.ts))/)
  })
})
