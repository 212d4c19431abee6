/** What becomes of a session whose key is gone, whose text is broken, or whose store fails in the middle. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { startMtproto, type MtprotoServer } from '../../lib/dev/mtproto/server.ts'
import { openAccount, type AccountWorld } from '../support/account.ts'
import { startFaultFront, type FaultFront } from '../support/fault-front.ts'

let server: MtprotoServer
let world: AccountWorld
let front: FaultFront
beforeAll(async () => {
  server = await startMtproto()
})
beforeEach(async () => {
  world = await openAccount({ server })
  front = await startFaultFront({ target: world.env['UPSTASH_REDIS_REST_URL'] ?? '' })
})
afterEach(async () => {
  await front.close()
  await world.close()
})
afterAll(() => server.close())

const state = async () => (await world.ask('GET', '/account')).json['state']
const key = () => randomBytes(32).toString('base64')

it('another ADMIN_TOKEN makes the session unreadable; it can be ended and begun anew', async () => {
  world.env['ACCOUNT_KEY'] = key()
  await world.connect()
  world.env['ACCOUNT_KEY'] = key()
  expect(await state()).toBe('unreadable')
  expect(await world.told('GET', '/account/user')).toBe('409 not_connected')
  await world.forgetLimits()
  await world.connect()
  expect(await state()).toBe('connected')
  world.env['ACCOUNT_KEY'] = key()
  expect((await world.ask('DELETE', '/account')).json).toEqual({ state: 'none', ended_at_telegram: false })
  expect(await state()).toBe('none')
})

it('ACCOUNT_KEY_PREVIOUS opens, and the next call seals anew', async () => {
  const [old, next] = [key(), key()]
  world.env['ACCOUNT_KEY'] = old
  await world.connect()
  Object.assign(world.env, { ACCOUNT_KEY: next, ACCOUNT_KEY_PREVIOUS: old })
  expect(await world.told('GET', '/account/user')).toBe('200 ok')
  delete world.env['ACCOUNT_KEY_PREVIOUS']
  expect(await state()).toBe('connected')
})

it('a session from before ACCOUNT_KEY was set still opens', async () => {
  await world.connect()
  world.env['ACCOUNT_KEY'] = key()
  expect(await state()).toBe('connected')
})

it('a text that was changed is unreadable and no crash, as is one of another operator', async () => {
  await world.connect()
  const { redis } = world.test
  const text = (await redis.get<string>(world.keys.accountSession('admin'))) ?? ''
  await redis.set(world.keys.accountSession('901'), text)
  expect((await world.ask('GET', '/account', {}, '901')).json['state']).toBe('unreadable')
  await redis.set(world.keys.accountSession('admin'), text.slice(0, -5))
  expect(await state()).toBe('unreadable')
  expect(await world.told('GET', '/account/user')).toBe('409 not_connected')
})

it('the session is written only where something of weight has changed, or the salts are an hour old', async () => {
  await world.connect()
  const { redis } = world.test
  const text = () => redis.get<string>(world.keys.accountSession('admin'))
  const first = await text()
  await world.ask('GET', '/account/user')
  await world.ask('GET', '/account/chats')
  expect(await text()).toBe(first)
  world.nowMs = Date.now() + 3_700_000
  await world.ask('GET', '/account/chats')
  expect(await text()).not.toBe(first)
})

it.each([-3_600_000, 3_600_000])(
  'a store whose clock is %i ms off serves a login all the same',
  async (offMs) => {
    world.nowMs = Date.now() + offMs
    await world.connect()
    expect(await world.told('GET', '/account/user')).toBe('200 ok')
  },
)

it('a store that fails after Telegram has let the login in answers 503, and the next look connects', async () => {
  const account = server.add()
  const { json } = await world.ask('POST', '/account/qr')
  server.scan(String(json['url']), account)
  const url = world.env['UPSTASH_REDIS_REST_URL'] ?? ''
  world.env['UPSTASH_REDIS_REST_URL'] = front.url
  // The first call of the store takes the account, all after it are refused.
  front.restart(({ body }) => (body.includes('give-account') ? 'status 500' : null))
  expect(await world.told('POST', '/account/qr/check')).toBe('503 store_unavailable')
  expect(world.server.cloud.calls.at(-1)).toBe('2 auth.exportLoginToken')
  world.env['UPSTASH_REDIS_REST_URL'] = url
  // The lock of the call that could not give back ends by itself.
  await world.test.redis.del(world.keys.accountLock('admin'))
  await world.forgetLimits()
  expect(await world.told('POST', '/account/qr/check')).toBe('200 connected')
})
