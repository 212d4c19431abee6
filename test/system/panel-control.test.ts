/** What operators do from the panel, from outside: over processes that end, and over what was killed. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textUpdate } from '../support/fake-telegram.ts'
import { pings, pongs, tags } from '../support/pings.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld, openWorld, type World } from '../support/world.ts'

/** Logs in as a browser would. @returns the headers that a page of the deployment sends from then on */
async function logIn(world: World): Promise<{ cookie: string; origin: string }> {
  const origin = world.server().url
  const body = { token: world.secrets.adminToken }
  const answer = await world.call('POST', '/session', { token: null, body, headers: { origin } })
  expect(answer).toMatchObject({ status: 200, json: { actor: 'admin token' } })
  return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '', origin }
}

describeSystem('a session', () => {
  it.concurrent('lasts over servers, and one that was ended stays ended', () =>
    inWorld({}, async (world) => {
      const [kept, ended] = [await logIn(world), await logIn(world)]
      await world.call('DELETE', '/session', { token: null, headers: ended, body: {} })
      await world.server().kill()
      await world.restart()
      const look = (headers: Record<string, string>) => world.call('GET', '/status', { token: null, headers })
      expect(await look(kept)).toMatchObject({ status: 200, json: { actor: 'admin token' } })
      expect(await look(ended)).toMatchObject({ status: 401 })
      // The same cookie from another site's page does nothing.
      const headers = { ...kept, origin: 'https://evil.example.com' }
      const crossed = await world.call('POST', '/reset-errors', { token: null, headers, body: {} })
      expect(crossed).toMatchObject({ status: 403, json: { error: { code: 'cross_origin' } } })
    }))

  it.concurrent('guesses sent at once pass five times, over two servers’ lives', () =>
    inWorld({}, async (world) => {
      const guess = () => world.call('POST', '/session', { token: null, body: { token: 'wrong' } })
      const first = await Promise.all(Array.from({ length: 3 }, guess))
      await world.server().kill()
      await world.restart()
      const then = await Promise.all(Array.from({ length: 10 }, guess))
      const statuses = [...first, ...then].map(({ status }) => status)
      expect(statuses.filter((status) => status === 401)).toHaveLength(5)
      expect(statuses.filter((status) => status === 429)).toHaveLength(8)
      const right = await world.call('POST', '/session', {
        token: null,
        body: { token: world.secrets.adminToken },
      })
      expect(right.status, 'the right token').toBe(200)
    }))
})

describeSystem('a pause', () => {
  it.concurrent('outlasts a kill and a restart; what was accepted meanwhile is answered once, in order', () =>
    inWorld({ isPublic: true }, async (world) => {
      const chats = [31, 32, 33]
      await world.deliver(textUpdate('/ping before', 31))
      await world.drained()
      const set = (paused: boolean) => world.call('POST', '/processing', { body: { paused } })
      expect((await set(true)).json).toEqual({ paused: true, changed: true })
      await Promise.all(chats.flatMap((chat) => pings(chat, 15).map((update) => world.deliver(update))))
      expect(await world.pending()).toBe(45)
      await world.server().kill()
      await world.restart()
      expect((await world.call('POST', '/restart')).json).toMatchObject({ restarted: true, paused: true })
      await world.call('POST', '/drain')
      for (let i = 0; i < 3; i++) await world.health()
      expect(await world.pending()).toBe(45)
      expect(chats.flatMap((chat) => pongs(world.telegram, chat))).toEqual(['before'])
      expect((await world.health()).body).toMatchObject({
        status: 'degraded',
        reasons: ['processing_paused'],
      })
      expect((await set(false)).json).toEqual({ paused: false, changed: true })
      await world.drained()
      expect(pongs(world.telegram, 31)).toEqual(['before', ...tags(31, 15)])
      for (const chat of [32, 33]) expect(pongs(world.telegram, chat)).toEqual(tags(chat, 15))
    }))
})

describeSystem('a mailbox whose worker was killed', () => {
  it.concurrent('is released, and goes on long before its lease would have ended', () =>
    inWorld({ env: { LEASE_SECONDS: '300' } }, async (world) => {
      await world.deliver(textUpdate('/ping warm', 1))
      await world.drained()
      world.telegram.switches.isHanging = true
      await world.deliver(textUpdate('/ping stuck', 41))
      await world.deliver(textUpdate('/ping behind', 41))
      await until('the worker to be inside', () =>
        world.telegram.calls.some(
          ({ method, params }) => method === 'sendMessage' && params['chat_id'] === 41,
        ),
      )
      await world.server().kill()
      world.telegram.switches.isHanging = false
      await world.restart()
      await world.call('POST', '/drain')
      const { json } = await world.call('GET', '/mailboxes')
      expect(json).toMatchObject({ total: 1, mailboxes: [{ state: 'leased', attempts: 1, pending: 2 }] })
      const [{ id } = { id: '' }] = json['mailboxes'] as { id: string }[]
      expect(await world.call('POST', '/mailboxes', { body: { action: 'release', id } })).toMatchObject({
        status: 200,
        json: { released: true },
      })
      await world.drained()
      expect(pongs(world.telegram, 41)).toEqual(['stuck', 'behind'])
      expect((await world.call('GET', '/mailboxes')).json).toEqual({ total: 0, mailboxes: [] })
    }))
})

describeSystem('the proof', () => {
  it.concurrent('goes the whole way of a real server, and says where it ends', () =>
    inWorld({ isPublic: true, env: { STORE_TIMEOUT_MS: '1500' } }, async (world) => {
      const prove = async () => (await world.call('POST', '/setup', { body: { action: 'prove' } })).json
      expect(await prove()).toMatchObject({ ok: true })
      expect(world.telegram.sent).toEqual([])
      await world.front.unreachable('refused')
      const steps = (await prove())['steps'] as { step: string; ok: boolean }[]
      expect(steps.filter(({ ok }) => ok)).toEqual([])
      await world.front.reachable()
    }))
})

describeSystem('the pages’ headers', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it.each(['/', '/app', '/status', '/nothing'])('of %s keep the browser safe', async (path) => {
    const { headers } = await world.call('GET', path, { token: null })
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; /)
    // Two policies would arrive as one header with a comma.
    expect(policy).not.toContain(',')
    expect(policy.includes('telegram.org')).toBe(path === '/app')
    expect(policy.includes("frame-ancestors 'none'")).toBe(path !== '/app')
    expect(headers.get('permissions-policy')).toContain('camera=()')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})
