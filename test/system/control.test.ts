/** Every endpoint and alias over HTTP, as an operator or a stranger meets it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pongs } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld, openWorld, type Answer, type World } from '../support/world.ts'

/** `body`: what POST takes, where it takes something; null where it needs what is not there. */
const ENDPOINTS: { path: string; allow: string[]; body?: object | null }[] = [
  { path: '/webhook', allow: ['POST'] },
  { path: '/health', allow: ['GET', 'HEAD'] },
  { path: '/restart', allow: ['POST'] },
  { path: '/restart_bot', allow: ['POST'] },
  { path: '/reset-errors', allow: ['POST'] },
  { path: '/reset_errors', allow: ['POST'] },
  { path: '/drain', allow: ['GET', 'HEAD', 'POST'] },
  { path: '/status', allow: ['GET', 'HEAD'] },
  { path: '/dead-letters', allow: ['GET', 'HEAD', 'POST'], body: null },
  // Its POST is how one comes by a session: it asks for no token but in its body.
  { path: '/session', allow: ['DELETE', 'GET', 'HEAD', 'POST'], body: null },
  { path: '/processing', allow: ['POST'], body: { paused: false } },
  // Releasing takes a mailbox; how it is done is in test/endpoints.
  { path: '/mailboxes', allow: ['GET', 'HEAD', 'POST'], body: null },
  { path: '/setup', allow: ['GET', 'HEAD', 'POST'], body: { action: 'prove' } },
]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const CONTROLS = ENDPOINTS.filter(({ path }) => path !== '/webhook' && path !== '/health')
const isRead = (method: string) => method === 'GET' || method === 'HEAD'

/** What holds for every answer, whatever was asked. */
function expectSafe(answer: Answer): void {
  expect([...Array(100).keys()].map((n) => n + 300)).not.toContain(answer.status)
  expect(answer.status).not.toBe(410)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
}

function expectError(answer: Answer, status: number, code: string): void {
  expectSafe(answer)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toContain('application/json')
  expect(answer.json).toEqual({ error: { code, message: expect.any(String) as string } })
}

describeSystem('the endpoints', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it.each(ENDPOINTS)('$path takes $allow and nothing else', async ({ path, allow }) => {
    for (const method of METHODS.filter((one) => !allow.includes(one))) {
      const answer = await world.call(method, path)
      if (method === 'HEAD') expect(answer.status).toBe(405)
      else expectError(answer, 405, 'method_not_allowed')
      expect(answer.headers.get('allow')?.split(', ').toSorted()).toEqual(allow)
    }
  })

  it.each(CONTROLS)('$path wants the admin token', async ({ path, allow }) => {
    const { adminToken, webhookSecret, cronSecret, botToken } = world.secrets
    const wrong = [null, 'wrong', `${adminToken}x`, adminToken.slice(0, -1), webhookSecret, botToken]
    if (path !== '/drain') wrong.push(cronSecret)
    const isGuarded = (method: string) => method !== 'HEAD' && !(path === '/session' && method === 'POST')
    for (const method of allow.filter(isGuarded)) {
      for (const token of wrong) {
        const answer = await world.call(method, path, { token })
        expectError(answer, 401, 'unauthorized')
        expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      }
    }
    for (const authorization of ['Bearer', 'Bearer ', adminToken, `Basic ${adminToken}`]) {
      const answer = await world.call(allow[0] ?? '', path, { token: null, headers: { authorization } })
      expectError(answer, 401, 'unauthorized')
    }
  })

  it.each(CONTROLS.filter(({ allow }) => allow.includes('POST')))(
    '$path refuses bodies that it cannot read',
    async ({ path }) => {
      const post = (body: string, headers = {}) => world.call('POST', path, { body, headers })
      expectError(await post('{"action":'), 422, 'bad_json')
      expectError(await post('{}', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type')
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      expectError(await post('action=replay', form), 415, 'unsupported_media_type')
      expectError(await post(JSON.stringify('x'.repeat(70_000))), 413, 'body_too_large')
    },
  )

  it.each([
    {},
    null,
    'replay',
    [[]],
    { action: 'replay' },
    { action: 'burn', all: true },
    { action: 'replay', all: false },
    { action: 'replay', all: true, update_id: '1' },
    { action: 'replay', update_id: 1.5 },
    { action: 'replay', update_id: '' },
    { action: 'discard', fingerprint: 'short' },
    { action: 'discard', all: true, dry_run: 'yes' },
    { action: 'discard', all: true, more: 1 },
  ])('/dead-letters refuses %j', async (body) => {
    expectError(await world.call('POST', '/dead-letters', { body: JSON.stringify(body) }), 422, 'bad_request')
  })

  it.each(['?offset=-1', '?count=0', '?count=201', '?offset=x', '?count=1e9'])(
    '/dead-letters%s is refused',
    async (query) => {
      expectError(await world.call('GET', `/dead-letters${query}`), 422, 'bad_query')
    },
  )

  it('takes the id of a dead letter as a number and as text', async () => {
    for (const id of [123, '123']) {
      const body = { action: 'replay', update_id: id }
      expectError(await world.call('POST', '/dead-letters', { body }), 404, 'no_such_dead_letter')
    }
    const all = { action: 'replay', all: true, dry_run: true }
    const answer = await world.call('POST', '/dead-letters', { body: all })
    expect(answer).toMatchObject({ status: 200, json: { dry_run: true, matched: 0, done: 0 } })
  })

  it('every endpoint does its work for the admin, and /drain for the cron too', async () => {
    for (const { path, allow, body } of CONTROLS) {
      for (const method of allow.filter((one) => one !== 'POST' || body !== null)) {
        const answer = await world.call(method, path, method === 'POST' && body ? { body } : {})
        expectSafe(answer)
        expect(answer.status, `${method} ${path}`).toBe(200)
        if (method === 'HEAD') expect(answer.text).toBe('')
        else expect(answer.headers.get('content-type')).toContain('application/json')
      }
    }
    const { cronSecret } = world.secrets
    expect(await world.call('GET', '/drain', { token: cronSecret })).toMatchObject({ status: 200 })
    expect((await world.call('POST', '/reset_errors')).json).toMatchObject({ reset: true, error_count: 0 })
    expect((await world.call('GET', '/status')).json).toMatchObject({
      status: 'healthy',
      detail: { breaker: null, mailboxes: 0 },
    })
  })

  it('/health tells a stranger how it is, and only the admin why', async () => {
    const stranger = await world.call('GET', '/health', { token: null })
    expectSafe(stranger)
    expect(stranger.status).toBe(200)
    const first = ['status', 'bot_status', 'error_count', 'timestamp', 'environment']
    expect(Object.keys(stranger.json).slice(0, 5)).toEqual(first)
    expect(stranger.json).not.toHaveProperty('detail')
    expect((await world.call('GET', '/health')).json).toHaveProperty('detail')
    const head = await world.call('HEAD', '/health', { token: null })
    expectSafe(head)
    expect(head).toMatchObject({ status: 200, text: '' })
  })

  it.each([
    '/nothing',
    '/api',
    '/api/nothing',
    '/api/panel',
    '/api/status',
    '/lib/app.ts',
    '/.env',
    '/package.json',
    '/webhook/x',
  ])('%s is not there', async (path) => {
    for (const method of ['GET', 'POST']) {
      expectError(await world.call(method, path), 404, 'not_found')
    }
  })

  it.each(ENDPOINTS)('$path/ is never a redirect', async ({ path, allow }) => {
    for (const odd of [`${path}/`, `/${path}`, `${path}//`, path.toUpperCase(), `${path}?x=1`]) {
      const method = allow.find(isRead) ?? 'POST'
      expectSafe(await world.call(method, odd, { token: null }))
    }
  })

  it('the webhook answers what is no update with 200, and keeps it', async () => {
    const answer = await world.call('POST', '/webhook', {
      token: null,
      headers: { 'x-telegram-bot-api-secret-token': world.secrets.webhookSecret },
      body: '{"no":"update"}',
    })
    expectSafe(answer)
    expect(answer).toMatchObject({ status: 200, json: { ok: true } })
    const { json } = await world.call('GET', '/status')
    expect(json).toMatchObject({ detail: { malformed: 1 }, inbox: { pending: 0 } })
  })
})

describeSystem('POST /restart', () => {
  it.concurrent('twice at once: both are answered when the bot was initialised after they asked', () =>
    inWorld({ isPublic: true }, async (world) => {
      world.telegram.switches.latencyMs = 20
      const both = await Promise.all([world.call('POST', '/restart'), world.call('POST', '/restart_bot')])
      for (const answer of both) {
        expect(answer).toMatchObject({ status: 200, json: { restarted: true, complete: true } })
      }
      expect(new Set(both.map(({ json }) => json['epoch']))).toEqual(new Set([1, 2]))
      expect(world.telegram.countOf('setWebhook')).toBe(2)
      const order = world.telegram.calls.map(({ method }) => method)
      // One after the other: the second begins where the first has done its last step.
      expect(order.lastIndexOf('getMe')).toBeGreaterThan(order.indexOf('setMyCommands'))
      expect(order.slice(0, order.lastIndexOf('getMe'))).toEqual(order.slice(order.lastIndexOf('getMe')))
      expect((await world.health()).body).toMatchObject({ status: 'healthy', bot_status: 'OK' })
    }))

  it.concurrent(
    'while Telegram is down: says so, and the bot heals by itself with nobody calling',
    () =>
      inWorld({ isPublic: true }, async (world) => {
        await world.deliver(textUpdate('/ping before', 1))
        await world.drained()
        world.telegram.switches.isDown = true
        const answer = await world.call('POST', '/restart')
        expect(answer).toMatchObject({
          status: 503,
          json: { error: { code: 'telegram_unreachable' }, restarted: false },
        })
        expect(answer.headers.get('content-type')).toContain('application/json')
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
        const status = () => botStatus(world)
        await until('the bot to be known as failed', async () => (await status()) === 'FAILED')
        world.telegram.switches.isDown = false
        await until('the bot to heal', async () => (await status()) === 'OK')
        expect(world.telegram.webhook()['url']).toBe('https://evergram.example/webhook')
        await world.deliver(textUpdate('/ping after', 1))
        await until('the answer', () => pongs(world.telegram, 1).includes('after'))
      }),
    180_000,
  )

  it.concurrent('with a revoked token: says which secret is at fault, not its value', () =>
    inWorld({ isPublic: true }, async (world) => {
      world.telegram.switches.isRevoked = true
      const answer = await world.call('POST', '/restart')
      expect(answer).toMatchObject({ status: 503, json: { error: { code: 'token_revoked' } } })
      expect(answer.text).not.toContain(world.secrets.botToken)
    }))
})

/** The store's word for how the bot is, read without asking the server. */
async function botStatus({ store }: World): Promise<string> {
  const reply = (await store.raw.command('HGET', `${store.prefix}:shard:0`, 'status')) as Buffer | null
  return reply?.toString() ?? ''
}
