/** Login and logout, and what a session opens: through the real handlers, on a real store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WRONG_TRIES } from '../../lib/auth/login-limit.ts'
import { ADMIN, ORIGIN, openPanel, skippingClock, START_MS, TOKEN, type Panel } from '../support/panel.ts'
import { initDataOf } from '../support/init-data.ts'
import { startFaultFront } from '../support/fault-front.ts'
import { describeStore } from '../support/store.ts'

const MINUTE = 60_000

describeStore('/session', (engine) => {
  let panel: Panel
  beforeEach(async () => {
    panel = await openPanel(engine)
    panel.nowMs = START_MS
  })
  afterEach(() => panel.close())

  const logIn = (token: unknown, headers: Record<string, string> = {}) =>
    panel.ask('POST', '/session', { body: { token }, headers })
  const from = (address: string) => ({ 'x-real-ip': address })
  const initData = (id: number, atMs = START_MS) => initDataOf({ id, first_name: 'Ada' }, TOKEN, atMs)
  const asMiniApp = (data: string) => panel.ask('POST', '/session', { body: { init_data: data } })

  it('exchanges the admin token for a session cookie', async () => {
    const answer = await logIn(ADMIN)
    const session = {
      authenticated: true,
      actor: 'admin token',
      expires_at: new Date(START_MS + 30 * MINUTE).toISOString(),
    }
    expect(answer).toMatchObject({ status: 200, json: session })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('set-cookie')).toContain('; HttpOnly; Secure; SameSite=Strict')
    const { cookie } = answer
    expect(await panel.ask('GET', '/session', { cookie })).toMatchObject({ status: 200, json: session })
    expect(await panel.ask('GET', '/session')).toMatchObject({
      status: 401,
      json: { error: { code: 'unauthorized' } },
    })
    expect(await panel.ask('GET', '/session', { token: ADMIN })).toMatchObject({
      json: { actor: 'admin token', expires_at: null },
    })
  })

  it('refuses another token, and writes the refusal without the token to the log', async () => {
    const answer = await logIn('a-guess-of-somebody', from('192.0.2.1'))
    expect(answer).toMatchObject({ status: 401, cookie: '', json: { error: { code: 'wrong_token' } } })
    expect(panel.events('login refused')).toMatchObject([{ level: 'warn', reason: 'wrong_token' }])
    const kept = [...Object.values(await dump()), JSON.stringify(panel.lines)].join('\n')
    expect(kept).not.toContain('a-guess')
    expect(kept).not.toContain('192.0.2.1')
  })

  it.each([
    [{}, 422],
    [{ token: '' }, 422],
    [{ token: 1 }, 422],
    [{ token: 'x'.repeat(2000) }, 422],
    [{ token: 'a', init_data: 'b' }, 422],
    ['{', 422],
    ['', 422],
    [JSON.stringify({ init_data: 'x'.repeat(20_000) }), 413],
  ])('answers %j with %i and counts no try', async (body, status) => {
    expect((await panel.ask('POST', '/session', { body })).status).toBe(status)
    expect(await dump()).toEqual({})
  })

  it.each([
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ])('refuses the content type %s, which a form on any site could send', async (type) => {
    const answer = await panel.ask('POST', '/session', {
      body: { token: ADMIN },
      headers: { 'content-type': type },
    })
    expect(answer).toMatchObject({ status: 415, cookie: '' })
  })

  it.each([
    [{ origin: 'https://evil.example.com' }],
    [{ origin: 'null' }],
    [{ origin: 'http://bot.example.com' }],
    [{ origin: `${ORIGIN}:8443` }],
    [{ origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('refuses a login from a page with %j', async (headers) => {
    const answer = await logIn(ADMIN, headers)
    expect(answer).toMatchObject({ status: 403, cookie: '', json: { error: { code: 'cross_origin' } } })
  })

  it('accepts a login from its own page', async () => {
    expect((await logIn(ADMIN, { origin: ORIGIN, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  describe('wrong tries', () => {
    const guess = async (count: number, address = '192.0.2.1') =>
      (await Promise.all(Array.from({ length: count }, () => logIn('wrong', from(address))))).map(
        ({ status }) => status,
      )
    const countOf = (statuses: readonly number[], status: number) =>
      statuses.filter((one) => one === status).length

    it(`pass ${WRONG_TRIES} times a minute from one address, also all at once`, async () => {
      const statuses = await guess(20)
      expect(countOf(statuses, 401)).toBe(WRONG_TRIES)
      expect(countOf(statuses, 429)).toBe(15)
    })

    it('beyond the limit are told how long to wait, and leave one line', async () => {
      await guess(WRONG_TRIES + 4)
      const answer = await logIn('wrong', from('192.0.2.1'))
      expect(answer).toMatchObject({
        status: 429,
        cookie: '',
        json: { error: { code: 'too_many_attempts' } },
      })
      const seconds = Number(answer.headers.get('retry-after'))
      expect(seconds).toBeGreaterThan(30)
      expect(seconds).toBeLessThanOrEqual(60)
      expect(panel.events('login refused')).toHaveLength(WRONG_TRIES + 1)
    })

    it('never lock the right token out, from whatever address they come', async () => {
      for (let i = 0; i < 12; i++) await guess(5, `198.51.100.${i}`)
      expect((await logIn(ADMIN, from('198.51.100.1'))).status).toBe(200)
      expect((await logIn(ADMIN, from('203.0.113.7'))).status).toBe(200)
    })

    it('of one address do not count for another', async () => {
      await guess(10)
      expect(await guess(1, '192.0.2.2')).toEqual([401])
      expect((await logIn('wrong', { ...from('192.0.2.1'), 'x-forwarded-for': '192.0.2.3' })).status).toBe(
        429,
      )
    })

    it('do not include successful logins', async () => {
      for (let i = 0; i < 2 * WRONG_TRIES; i++) {
        expect((await logIn(ADMIN, from('192.0.2.1'))).status).toBe(200)
      }
      expect(countOf(await guess(WRONG_TRIES + 1), 401)).toBe(WRONG_TRIES)
    })

    it('expire in the store', async () => {
      await guess(1)
      const keys = Object.keys(await dump()).filter((key) => key.includes(':wrong'))
      expect(keys).toHaveLength(1)
      for (const key of keys) {
        const leftMs = Number(await panel.test.raw.command('PTTL', key))
        expect(leftMs).toBeGreaterThan(0)
        expect(leftMs).toBeLessThanOrEqual(MINUTE)
      }
    })

    it('are no entries of the audit log', async () => {
      await panel.operate('POST', '/reset-errors')
      await guess(4)
      expect(await panel.audit()).toEqual([['reset_errors', '0']])
    })
  })

  it('opens no session while the store is away', async () => {
    panel.clock = skippingClock()
    panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
    const answer = await logIn(ADMIN)
    expect(answer).toMatchObject({ status: 503, cookie: '', json: { error: { code: 'store_unavailable' } } })
  })

  it('refuses a wrong token also while the store is away, and says that it was not counted', async () => {
    panel.clock = skippingClock()
    panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
    expect(await logIn('wrong')).toMatchObject({ status: 401, cookie: '' })
    expect(panel.events('a wrong login was not counted')).toHaveLength(1)
  })

  it.each(['POST', 'GET', 'DELETE'] as const)('%s fails closed with faulty settings', async (method) => {
    const cookie = await panel.logIn()
    delete panel.env['ADMIN_TOKEN']
    const answer = await panel.ask(method, '/session', {
      cookie,
      ...(method === 'POST' && { body: { token: ADMIN } }),
    })
    expect(answer).toMatchObject({
      status: 503,
      cookie: '',
      json: { error: { code: 'configuration_faulty' } },
    })
    expect(answer.text).toContain('ADMIN_TOKEN')
  })

  describe('as a Mini App', () => {
    it('accepts administrators by Telegram’s init data', async () => {
      const answer = await asMiniApp(initData(901))
      expect(answer).toMatchObject({ status: 200, json: { authenticated: true, actor: 'telegram:901' } })
      expect(answer.headers.get('set-cookie')).toContain('SameSite=None; Partitioned')
      const look = await panel.ask('GET', '/status', { cookie: answer.cookie })
      expect(look).toMatchObject({ status: 200, json: { actor: 'telegram:901' } })
      expect(await panel.audit()).toEqual([['login', 'ok']])
    })

    it('refuses other users, and does not store their id', async () => {
      const stranger = 7700012345
      expect(await asMiniApp(initData(stranger))).toMatchObject({
        status: 403,
        cookie: '',
        json: { error: { code: 'not_an_admin' } },
      })
      const actor = expect.stringMatching(/^telegram:[0-9a-f]{12}$/) as string
      expect(panel.events('login refused')).toMatchObject([{ reason: 'not_an_admin', actor }])
      const { text } = await panel.operate('GET', '/status?view=audit')
      expect(JSON.parse(text)).toMatchObject({ entries: [{ action: 'login_refused', actor }] })
      const kept = [...Object.values(await dump()), JSON.stringify(panel.lines)].join('\n')
      expect(kept).toContain('not_an_admin')
      expect(kept).not.toContain(String(stranger))
    })

    it('refuses old init data', async () => {
      expect(await asMiniApp(initData(901, START_MS - 5 * MINUTE - 1000))).toMatchObject({
        status: 401,
        json: { error: { code: 'init_data_expired' } },
      })
    })

    it('refuses forged init data, and counts the try', async () => {
      for (let i = 0; i < WRONG_TRIES; i++) {
        expect(await asMiniApp(initData(77).replace('77', '901'))).toMatchObject({
          status: 401,
          json: { error: { code: 'bad_init_data' } },
        })
      }
      expect((await asMiniApp(initData(77).replace('77', '901'))).status).toBe(429)
      expect((await asMiniApp(initData(901))).status).toBe(200)
    })
  })

  describe('logging out', () => {
    it('ends the session everywhere, and no other', async () => {
      const [cookie, other] = [await panel.logIn(), await panel.logIn()]
      const answer = await panel.ask('DELETE', '/session', { cookie, body: {} })
      expect(answer).toMatchObject({ status: 200, json: { ended: true } })
      expect(answer.headers.getSetCookie()).toHaveLength(2)
      expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-evergram=; Max-Age=0;/)
      expect(await panel.audit()).toEqual([
        ['logout', 'ok'],
        ['login', 'ok'],
        ['login', 'ok'],
      ])
      // A copy of the cookie is no longer accepted.
      for (const [method, path] of [
        ['GET', '/session'],
        ['GET', '/status'],
        ['GET', '/status?view=audit'],
        ['GET', '/dead-letters'],
        ['GET', '/mailboxes'],
        ['GET', '/setup'],
        ['POST', '/restart'],
        ['POST', '/drain'],
        ['DELETE', '/session'],
      ] as const) {
        const refused = await panel.ask(method, path, { cookie, ...(method !== 'GET' && { body: {} }) })
        expect(refused, `${method} ${path}`).toMatchObject({ status: 401 })
      }
      expect((await panel.ask('GET', '/health', { cookie })).json).not.toHaveProperty('detail')
      expect((await panel.ask('GET', '/session', { cookie: other })).status).toBe(200)
    })

    it('deletes the cookie also when the store fails, and answers 503', async () => {
      const cookie = await panel.logIn()
      panel.clock = skippingClock()
      panel.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:1'
      const answer = await panel.ask('DELETE', '/session', { cookie, body: {} })
      expect(answer).toMatchObject({ status: 503, json: { error: { code: 'store_unavailable' } } })
      expect(answer.headers.getSetCookie()).toHaveLength(2)
      for (const cleared of answer.headers.getSetCookie())
        expect(cleared).toMatch(/^__Host-evergram=;.*Max-Age=0/)
      // A page of another site cannot log the operator out.
      const headers = { origin: 'https://else.example' }
      const foreign = await panel.ask('DELETE', '/session', { cookie, body: {}, headers })
      expect(foreign).toMatchObject({ status: 403, cookie: '' })
    })

    it('is stored as long as a cookie can be valid', async () => {
      const cookie = await panel.logIn()
      await panel.ask('DELETE', '/session', { cookie, body: {} })
      const [key = ''] = Object.keys(await dump()).filter((name) => name.includes(':ended:'))
      expect(Number(await panel.test.raw.command('TTL', key))).toBeGreaterThan(12 * 3600 - 10)
    })
  })

  describe('a session', () => {
    it('gives the same access as the admin token, and ends after half an hour', async () => {
      const cookie = await panel.logIn()
      for (const path of ['/status', '/dead-letters', '/mailboxes', '/setup']) {
        expect((await panel.ask('GET', path, { cookie })).status, path).toBe(200)
      }
      for (const path of ['/restart', '/reset-errors', '/drain']) {
        expect((await panel.ask('POST', path, { cookie, body: {} })).status, path).toBe(200)
      }
      expect((await panel.ask('GET', '/health', { cookie })).json).toHaveProperty('detail')
      expect((await panel.ask('GET', '/health')).json).not.toHaveProperty('detail')
      panel.nowMs = START_MS + 30 * MINUTE
      expect((await panel.ask('GET', '/status', { cookie })).status).toBe(401)
    })

    it('is renewed by a full read after half of its time, up to twelve hours', async () => {
      let cookie = await panel.logIn()
      const look = async (atMs: number) => {
        panel.nowMs = atMs
        return panel.ask('GET', '/status', { cookie })
      }
      expect((await look(START_MS + 15 * MINUTE - 1)).cookie).toBe('')
      for (let atMs = START_MS + 15 * MINUTE; atMs < START_MS + 12 * 60 * MINUTE; atMs += 15 * MINUTE) {
        const { status, cookie: next } = await look(atMs)
        expect(status).toBe(200)
        cookie = next || cookie
      }
      expect((await look(START_MS + 12 * 60 * MINUTE)).status).toBe(401)
    }, 60_000)

    it('is not renewed by ticks, because they do not check for a logout', async () => {
      const cookie = await panel.logIn()
      panel.nowMs = START_MS + 20 * MINUTE
      const tick = await panel.ask('GET', '/status?view=tick&shards=0,1', { cookie })
      expect(tick).toMatchObject({ status: 200, cookie: '' })
    })

    it('can be read by HEAD and by GET', async () => {
      const cookie = await panel.logIn()
      expect((await panel.ask('HEAD', '/status', { cookie, headers: { origin: '' } })).status).toBe(200)
    })

    it('gives no access while the store cannot check for a logout; the public report stays public', async () => {
      const cookie = await panel.logIn()
      panel.clock = skippingClock()
      const front = await startFaultFront({ target: panel.test.url })
      try {
        panel.env['UPSTASH_REDIS_REST_URL'] = front.url
        front.restart(({ body }) => (body.includes("'ended' or 'open'") ? 'status 500' : null))
        expect(await panel.ask('GET', '/session', { cookie })).toMatchObject({
          status: 503,
          json: { error: { code: 'store_unavailable' } },
        })
        for (const shown of [cookie, '__Host-evergram=v1.x.y.z']) {
          const { json } = await panel.ask('GET', '/health', { cookie: shown })
          expect(json).toHaveProperty('bot_status')
          expect(json).not.toHaveProperty('detail')
        }
        await panel.settled()
      } finally {
        await front.close()
      }
    })

    it('is ignored when an Authorization header is wrong', async () => {
      const cookie = await panel.logIn()
      expect((await panel.ask('GET', '/status', { cookie, token: 'wrong' })).status).toBe(401)
    })

    it('cannot start a sweep by GET, because a link could', async () => {
      const cookie = await panel.logIn()
      expect((await panel.ask('GET', '/drain', { cookie })).status).toBe(401)
    })

    it.each([
      ['no Origin', { origin: '' }, 403, 'cross_origin'],
      ['another Origin', { origin: 'https://evil.example.com' }, 403, 'cross_origin'],
      ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }, 403, 'cross_origin'],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
      ['plain text', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
      ['JSON by the way', { 'content-type': 'text/plain; application/json' }, 415, 'unsupported_media_type'],
      ['no type', { 'content-type': '' }, 415, 'unsupported_media_type'],
    ])('does not authorise a change by a request with %s', async (_what, headers, status, code) => {
      const cookie = await panel.logIn()
      for (const [method, path] of [
        ['POST', '/restart'],
        ['POST', '/reset-errors'],
        ['POST', '/drain'],
        ['POST', '/processing'],
        ['POST', '/dead-letters'],
        ['POST', '/mailboxes'],
        ['POST', '/setup'],
        ['DELETE', '/session'],
      ] as const) {
        const body = path === '/processing' ? { paused: true } : {}
        const answer = await panel.ask(method, path, { cookie, body, headers })
        expect(answer, path).toMatchObject({ status, json: { error: { code } } })
      }
      expect(await panel.audit()).toEqual([['login', 'ok']])
      expect(await panel.ask('GET', '/session', { cookie })).toMatchObject({ status: 200 })
    })
  })

  it('logs every refusal, with the path and without a secret', async () => {
    await panel.ask('GET', '/status', { token: 'not-the-token-of-anybody' })
    await panel.ask('POST', '/restart')
    await panel.ask('GET', '/status', { cookie: '__Host-evergram=v1.x.y.z' })
    // A public request without credentials is no refusal.
    await panel.ask('GET', '/health')
    const cookie = await panel.logIn()
    await panel.ask('POST', '/restart', { cookie, body: {}, headers: { origin: 'https://evil.example.com' } })
    expect(panel.events('authorisation refused')).toMatchObject([
      { level: 'warn', path: '/status', reason: 'wrong bearer' },
      { path: '/restart', method: 'POST', reason: 'no credentials' },
      { reason: 'no valid session' },
      { reason: 'cross origin' },
    ])
    expect(JSON.stringify(panel.lines)).not.toContain('not-the-token')
  })

  /** Everything in the store, as text. */
  async function dump(): Promise<Record<string, string>> {
    const all: Record<string, string> = {}
    for (const key of (await panel.test.raw.command('KEYS', `${panel.test.prefix}*`)) as Buffer[]) {
      const type = ((await panel.test.raw.command('TYPE', key)) as string | Buffer).toString()
      const read = {
        hash: ['HGETALL'],
        list: ['LRANGE', '0', '-1'],
        string: ['GET'],
        zset: ['ZRANGE', '0', '-1'],
      }
      const [command = 'GET', ...args] = read[type as keyof typeof read]
      const value = (await panel.test.raw.command(command, key, ...args)) as Buffer | Buffer[]
      all[key.toString()] = Array.isArray(value) ? value.map(String).join('\n') : String(value)
    }
    return all
  }
})
