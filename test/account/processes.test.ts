/** Nothing lives between two calls: each step in a process of its own, processes that die, and many calls at once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMtproto, type MtprotoServer } from '../../lib/dev/mtproto/server.ts'
import { withTelegram } from '../../lib/mtproto/client.ts'
import type { SavedSession } from '../../lib/mtproto/saved.ts'
import { openSession } from '../../lib/account/records.ts'
import { readConfig } from '../../lib/config.ts'
import { ADMIN, openAccount, type AccountWorld } from '../support/account.ts'
import { startServer, type Server } from '../support/server.ts'
import { until } from '../support/until.ts'

let mtproto: MtprotoServer
let world: AccountWorld
beforeAll(async () => {
  mtproto = await startMtproto()
})
beforeEach(async () => {
  world = await openAccount({ server: mtproto })
  return () => world.close()
})
afterAll(() => mtproto.close())

async function ask(server: Server, method: string, path: string, body: unknown = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    body: method === 'GET' ? null : JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}

/** One call in a process that is killed right after its answer. */
async function once(method: string, path: string, body: unknown = {}): Promise<Record<string, unknown>> {
  const server = await startServer(world.env)
  try {
    return await ask(server, method, path, body)
  } finally {
    await server.kill()
  }
}

it('a login by code with password, each step in a process that is killed after it', async () => {
  const { phone } = mtproto.add({ home: 4, password: 'geheim' })
  expect(await once('POST', '/account/code', { phone })).toMatchObject({ state: 'code_sent' })
  expect(await once('POST', '/account/verify', { code: mtproto.codeOf(phone) })).toMatchObject({
    state: 'password_needed',
  })
  expect(await once('POST', '/account/verify', { password: 'geheim' })).toMatchObject({ state: 'connected' })
  expect((await world.ask('GET', '/account/user')).json).toMatchObject({ name: 'Ada' })
})

it('a login by QR code, each step in a process that is killed after it', async () => {
  const account = mtproto.add({ home: 4 })
  const { url } = await once('POST', '/account/qr')
  mtproto.scan(String(url), account)
  expect(await once('POST', '/account/qr/check')).toMatchObject({ state: 'connected' })
})

it('a process that dies while Telegram is asked leaves a lock that ends by itself, and the login goes on', async () => {
  const { phone } = mtproto.add()
  await world.ask('POST', '/account/code', { phone })
  const code = mtproto.codeOf(phone)
  const calls = () => mtproto.cloud.calls.filter((call) => call.endsWith('auth.signIn')).length
  const before = calls()
  mtproto.cloud.faults.delays.set('auth.signIn', 2000)
  const server = await startServer(world.env)
  const asked = ask(server, 'POST', '/account/verify', { code }).catch(() => null)
  await until(
    'the process to hold the account',
    async () => (await world.test.redis.exists(world.keys.accountLock('admin'))) === 1 && mtproto.open() > 0,
  )
  await server.kill()
  await asked
  // What was sent takes effect at Telegram all the same.
  await until('Telegram to have signed it in, or never', () => calls() > before || mtproto.open() === 0)
  mtproto.cloud.faults.delays.clear()
  expect(await world.told('POST', '/account/verify', { code })).toBe('429 busy')
  const leftMs = await world.test.redis.pttl(world.keys.accountLock('admin'))
  expect(leftMs).toBeGreaterThan(0)
  expect(leftMs).toBeLessThanOrEqual(45_000)
  await world.test.redis.del(world.keys.accountLock('admin'))
  expect(await world.told('POST', '/account/verify', { code })).toBe('200 connected')
})

describe('fifty calls at once', () => {
  it('never show Telegram one key twice', async () => {
    await world.connect()
    const told = await Promise.all(Array.from({ length: 50 }, () => world.told('GET', '/account/user')))
    expect(new Set(told)).toEqual(new Set(['200 ok', '429 busy']))
    expect(mtproto.cloud.duplicates).toBe(0)
    expect(await world.told('GET', '/account')).toBe('200 connected')
  })

  it('without the lock they do, which is what the lock is for', async () => {
    await world.connect()
    const { accountKeys, telegramApi } = readConfig(world.env)
    const text = (await world.test.redis.get<string>(world.keys.accountSession('admin'))) ?? ''
    const { record } = openSession(accountKeys, 'admin', text)
    const session = (record?.kind === 'connected' ? record.session : null) as SavedSession
    const options = {
      apiId: telegramApi?.id ?? 0,
      apiHash: '',
      servers: mtproto.servers,
      session,
      deadlineMs: 8000,
    }
    await Promise.all(
      Array.from({ length: 50 }, () =>
        withTelegram(options, (telegram) =>
          telegram.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] }),
        ),
      ),
    )
    expect(mtproto.cloud.duplicates).toBeGreaterThan(0)
    mtproto.cloud.duplicates = 0
  })
})

it('after a call no connection and no timer is left', async () => {
  await world.connect()
  await world.ask('GET', '/account/user')
  await until('the sockets to be closed', () => mtproto.open() === 0)
  const left = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = left()
  await world.ask('GET', '/account/chats')
  await until('the timers to be gone', () => left() <= before)
})
