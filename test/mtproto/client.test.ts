import type { tl } from '@mtcute/core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startMtproto, type MtprotoServer } from '../../lib/dev/mtproto/server.ts'
import { withTelegram, type Outcome, type Telegram } from '../../lib/mtproto/client.ts'
import { KeyUnknown, MtprotoRefused, MtprotoUnreachable } from '../../lib/errors.ts'
import { checkPassword } from '../../lib/mtproto/password.ts'
import type { SavedSession } from '../../lib/mtproto/saved.ts'
import { until } from '../support/until.ts'

const API = { apiId: 1, apiHash: 'an api hash' }
const SELF: tl.users.RawGetUsersRequest = { _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] }
const EXPORT: tl.auth.RawExportLoginTokenRequest = { _: 'auth.exportLoginToken', ...API, exceptIds: [] }

let server: MtprotoServer
const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', note)
  server = await startMtproto()
})
afterEach(async () => {
  Object.assign(server.cloud.faults, { isMute: false, hangsUp: false, clockSeconds: 0, brokenHandshakes: 0 })
  server.cloud.faults.refusals.clear()
  server.cloud.calls.length = 0
  await until('all connections to be closed', () => server.open() === 0)
  expect(unhandled).toEqual([])
})
afterAll(async () => {
  await server.close()
  process.off('unhandledRejection', note)
})

function ask<Result>(
  work: (telegram: Telegram) => Promise<Result>,
  session: SavedSession | null = null,
  deadlineMs = 5000,
): Promise<Outcome<Result>> {
  return withTelegram({ ...API, servers: server.servers, session, deadlineMs }, work)
}

/** A session that is logged in at data centre 2. */
async function loggedIn(password: string | null = null): Promise<SavedSession> {
  const account = server.add({ password })
  const { session } = await ask(async (telegram) => {
    const answer = await telegram.call(EXPORT)
    if (answer._ === 'auth.loginToken') server.scan(linkOf(answer.token), account)
    await telegram.call(EXPORT).catch(() => {})
  })
  return session as SavedSession
}

function linkOf(token: Uint8Array): string {
  return `tg://login?token=${Buffer.from(token).toString('base64url')}`
}

function errorOf({ result }: Outcome<unknown>): unknown {
  return result.ok ? null : result.error
}

it('a new session gets a key and calls without the library’s wait of a second', async () => {
  await ask((telegram) => telegram.call(EXPORT))
  const times: number[] = []
  for (let i = 0; i < 3; i++) {
    const before = performance.now()
    const { isNewKey, session } = await ask((telegram) => telegram.call(EXPORT))
    times.push(performance.now() - before)
    expect({ isNewKey, dc: session?.dc }).toEqual({ isNewKey: true, dc: 2 })
  }
  expect(Math.min(...times)).toBeLessThan(900)
})

it('a saved session is used again: one connection, no handshake, the same key', async () => {
  const session = await loggedIn()
  const { handshakes } = server.cloud
  const connections = server.opened()
  const again = await ask(
    (telegram) => telegram.call(SELF),
    JSON.parse(JSON.stringify(session)) as SavedSession,
  )
  expect(again.result).toMatchObject({ ok: true, value: [{ firstName: 'Ada' }] })
  expect(again.isNewKey).toBe(false)
  expect(server.cloud.handshakes).toBe(handshakes)
  expect(server.opened()).toBe(connections + 1)
})

it('the salts are kept, so the next call needs no second round trip', async () => {
  const session = await loggedIn()
  expect(Object.keys(session.kv)).toContain('salts:2')
})

it('nothing but the method that was asked for is called', async () => {
  const session = await loggedIn()
  server.cloud.calls.length = 0
  await ask((telegram) => telegram.call(SELF), session)
  expect(server.cloud.calls).toEqual(['2 users.getUsers'])
})

it('a flood wait is told at once and not slept through', async () => {
  server.cloud.faults.refusals.set('users.getUsers', { code: 420, text: 'FLOOD_WAIT_30', times: 9 })
  const error = errorOf(await ask((telegram) => telegram.call(SELF), await loggedIn()))
  expect(error).toBeInstanceOf(MtprotoRefused)
  expect(error).toMatchObject({ code: 'FLOOD_WAIT', number: 30, status: 420 })
})

it('an error of the server is told at once and not tried again', async () => {
  server.cloud.faults.refusals.set('users.getUsers', { code: 500, text: 'INTERNAL', times: 9 })
  const session = await loggedIn()
  server.cloud.calls.length = 0
  expect(errorOf(await ask((telegram) => telegram.call(SELF), session))).toMatchObject({
    code: 'INTERNAL',
    status: 500,
  })
  expect(server.cloud.calls).toEqual(['2 users.getUsers'])
})

it('a key that Telegram has forgotten is told, and not replaced by a new one', async () => {
  const session = await loggedIn()
  server.forgetKeys()
  const { handshakes } = server.cloud
  const outcome = await ask((telegram) => telegram.call(SELF), session)
  expect(errorOf(outcome)).toBeInstanceOf(KeyUnknown)
  expect(server.cloud.handshakes).toBe(handshakes)
})

it.each([true, false])(
  'a server that takes connections and says nothing ends the call at its deadline, with a key: %s',
  async (hasKey) => {
    const session = hasKey ? await loggedIn() : null
    server.cloud.faults.isMute = true
    const before = performance.now()
    const error = errorOf(await ask((telegram) => telegram.call(SELF), session, 300))
    expect(error).toBeInstanceOf(MtprotoUnreachable)
    expect(error).toMatchObject({ code: 'timeout' })
    expect(performance.now() - before).toBeLessThan(4000)
  },
)

it('a server that hangs up is unreachable after two connections', async () => {
  const session = await loggedIn()
  server.cloud.faults.hangsUp = true
  const connections = server.opened()
  expect(errorOf(await ask((telegram) => telegram.call(SELF), session))).toMatchObject({
    code: 'unreachable',
  })
  expect(server.opened()).toBe(connections + 2)
})

it('a server that refuses connections is unreachable at once', async () => {
  const other = await startMtproto()
  const { servers } = other
  await other.close()
  const outcome = await withTelegram({ ...API, servers, session: null, deadlineMs: 5000 }, (telegram) =>
    telegram.call(SELF),
  )
  expect(errorOf(outcome)).toMatchObject({ code: 'unreachable' })
  expect(outcome.session).toBeNull()
})

it('a handshake that fails once is repeated, as one in 256 must be', async () => {
  server.cloud.faults.brokenHandshakes = 1
  expect((await ask((telegram) => telegram.call(EXPORT))).result.ok).toBe(true)
})

it.each([-3600, 3600])(
  'a clock that is %i s off costs a round trip and not the call',
  async (clockSeconds) => {
    const session = await loggedIn()
    server.cloud.faults.clockSeconds = clockSeconds
    expect((await ask((telegram) => telegram.call(SELF), session)).result.ok).toBe(true)
  },
)

it('a login that moves to another data centre goes on there, and its key is the one that is saved', async () => {
  const account = server.add({ home: 4 })
  const first = await ask((telegram) => telegram.call(EXPORT))
  if (first.result.ok && first.result.value._ === 'auth.loginToken')
    server.scan(linkOf(first.result.value.token), account)
  const second = await ask(async (telegram) => {
    const answer = await telegram.call(EXPORT)
    if (answer._ !== 'auth.loginTokenMigrateTo') return answer
    await telegram.moveTo(answer.dcId)
    return telegram.call({ _: 'auth.importLoginToken', token: answer.token })
  }, first.session)
  expect(second.result).toMatchObject({ ok: true, value: { _: 'auth.loginTokenSuccess' } })
  expect(second.session?.dc).toBe(4)
  const third = await ask((telegram) => telegram.call(SELF), second.session)
  expect(third.result.ok).toBe(true)
  expect(server.cloud.calls.at(-1)).toBe('4 users.getUsers')
})

it('a move that Telegram orders by PHONE_MIGRATE is followed without the wait of a second', async () => {
  const { phone } = server.add({ home: 4 })
  const before = performance.now()
  const code = { _: 'auth.sendCode', phoneNumber: phone, ...API, settings: { _: 'codeSettings' } } as const
  const outcome = await ask((telegram) => telegram.call(code))
  expect(outcome.result.ok).toBe(true)
  expect(outcome.session?.dc).toBe(4)
  expect(performance.now() - before).toBeLessThan(1900)
})

it('a session is saved after an error too: the data centre may have changed', async () => {
  const account = server.add({ home: 4, password: 'secret' })
  const { session, result } = await ask(async (telegram) => {
    const sent = await telegram.call({
      _: 'auth.sendCode',
      phoneNumber: account.phone,
      ...API,
      settings: { _: 'codeSettings' },
    })
    if (sent._ !== 'auth.sentCode') throw new Error('no code was sent')
    const login = {
      phoneNumber: account.phone,
      phoneCodeHash: sent.phoneCodeHash,
      phoneCode: server.codeOf(account.phone),
    }
    return telegram.call({ _: 'auth.signIn', ...login })
  })
  expect(result).toMatchObject({ ok: false, error: { code: 'SESSION_PASSWORD_NEEDED' } })
  const second = await ask((telegram) => checkPassword(telegram, 'secret'), session)
  expect(second.result).toMatchObject({ ok: true, value: { _: 'auth.authorization' } })
})

it('a wrong two-step password is refused by its proof', async () => {
  const session = await loggedIn('the right one')
  const { result } = await ask((telegram) => checkPassword(telegram, 'a wrong one'), session)
  expect(result).toMatchObject({ ok: false, error: { code: 'PASSWORD_HASH_INVALID' } })
})

it('two connections with one key end it for both', async () => {
  const session = await loggedIn()
  server.cloud.faults.delays.set('users.getUsers', 100)
  const both = await Promise.all([1, 2].map(() => ask((telegram) => telegram.call(SELF), session)))
  server.cloud.faults.delays.clear()
  expect(both.map(errorOf)).toMatchObject([{ code: 'AUTH_KEY_DUPLICATED' }, { code: 'AUTH_KEY_DUPLICATED' }])
})

it('a saved session leads to no other server than those that are named', async () => {
  const session = await loggedIn()
  session.kv['dc_main'] = Buffer.from([2, 2, 0, 9, ...Buffer.from('10.0.0.99'), 0, 0, 1, 0, 0, 0]).toString(
    'base64',
  )
  expect((await ask((telegram) => telegram.call(SELF), session)).result.ok).toBe(true)
})
