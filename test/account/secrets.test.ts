/** Every byte of logs, answers, headers and the store, searched for what must be in none of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CANARY_TEXT } from '../../lib/dev/mtproto/accounts.ts'
import { ADMIN, API_HASH, openAccount, type AccountWorld } from '../support/account.ts'
import { secretsFound } from '../support/secret-forms.ts'
import { everythingIn } from '../support/store-dump.ts'

const PASSWORD = 'canary-password-of-the-account'
let world: AccountWorld
let stored = ''
let secrets: Record<string, string> = {}
let tokens: string[] = []

beforeAll(async () => {
  world = await openAccount()
  const { server } = world
  const phone = '+447946055512'
  const account = server.add({ phone, password: PASSWORD, home: 4 })
  // A code that fails, one that works, the password wrong and right, everything read, each failure, the end.
  await world.ask('POST', '/account/code', { phone })
  const code = server.codeOf(phone)
  const { hash } = server.cloud.codes.at(-1) ?? { hash: '' }
  await world.ask('POST', '/account/verify', { code: '00000' })
  await world.ask('POST', '/account/verify', { code })
  await world.ask('POST', '/account/verify', { password: 'canary-wrong-password' })
  stored += await everythingIn(world.test)
  await world.ask('POST', '/account/verify', { password: PASSWORD })
  for (const path of ['user', 'chats', 'chats/user.5001.7000000000000000001/messages', 'chats/me/messages']) {
    await world.ask('GET', `/account/${path}`)
  }
  for (const [status, text] of [
    [400, `PHONE_${phone.slice(1)}_FAILED`],
    [500, `no such ${PASSWORD}`],
    [401, 'SESSION_REVOKED'],
  ] as const) {
    world.refuse('users.getUsers', status, text)
    await world.ask('GET', '/account/user')
  }
  stored += await everythingIn(world.test)
  await world.forgetLimits()
  await world.ask('POST', '/account/qr')
  server.cloud.faults.isMute = false
  await world.ask('POST', '/account/qr/check')
  tokens = server.cloud.tokens.map(({ text }) => text)
  server.scan(`tg://login?token=${tokens.at(-1)}`, account)
  await world.forgetLimits()
  await world.ask('POST', '/account/qr/check')
  await world.ask('POST', '/account/verify', { password: PASSWORD })
  await world.ask('GET', '/account')
  stored += await everythingIn(world.test)
  const keys = [...server.cloud.keys.values()].map(({ bytes }, index) => [
    `key ${index}`,
    bytes.toString('base64'),
  ])
  secrets = {
    ...(Object.fromEntries(keys) as Record<string, string>),
    password: PASSWORD,
    'wrong password': 'canary-wrong-password',
    phone: phone.slice(1),
    'code hash': hash,
    text: CANARY_TEXT,
    'admin token': ADMIN,
    'api hash': API_HASH,
  }
})
afterAll(() => world.close())

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(secrets).filter(([name]) => !names.includes(name)))

describe('of all secrets', () => {
  it('there are some', () => {
    expect(Object.keys(secrets).length).toBeGreaterThan(8)
    expect(tokens.length).toBeGreaterThan(0)
    expect(world.lines.length).toBeGreaterThan(10)
  })

  it('no log line has one, nor a login token', () => {
    const logs = world.lines.join('\n')
    expect(secretsFound(logs, secrets)).toEqual([])
    for (const token of tokens) expect(logs).not.toContain(token)
  })

  it('no answer has one, but texts where they were asked for', () => {
    expect(secretsFound(world.answers.join('\n'), without('text'))).toEqual([])
    const withText = world.answers.filter((answer) => answer.includes(CANARY_TEXT))
    for (const answer of withText) expect(answer).toMatch(/"(messages|last_message)":/)
    expect(withText.length).toBeGreaterThan(0)
  })

  it('a login token is in the answers of the QR code alone', () => {
    const withToken = world.answers.filter((answer) => tokens.some((token) => answer.includes(token)))
    expect(withToken.length).toBeGreaterThan(0)
    for (const answer of withToken) expect(answer).toContain('"state":"qr_waiting"')
  })

  it('the store has none in the clear, neither raw nor in base64 or hex', () => {
    expect(stored).toContain('account:admin:session')
    expect(secretsFound(stored, secrets)).toEqual([])
    for (const token of tokens) expect(stored).not.toContain(token)
  })

  it('the audit tells what was done, without phone or name', async () => {
    const audit = (await world.test.redis.lrange(world.keys.audit, 0, 99)).join('\n')
    for (const action of ['account_login', 'account_connected', 'account_failed', 'account_revoked'])
      expect(audit).toContain(action)
    expect(audit).not.toMatch(/Ada|4479/)
  })

  it('each call leaves one line with method, time, code, data centre and whether the key is new', () => {
    const calls = world.events('account call')
    expect(calls.length).toBeGreaterThan(8)
    for (const call of calls) {
      const { method, duration_ms: ms, code, dc, new_key: isNew } = call
      expect([typeof method, typeof ms, typeof code, typeof isNew]).toEqual([
        'string',
        'number',
        'string',
        'boolean',
      ])
      expect(dc === null || dc === 2 || dc === 4).toBe(true)
    }
  })
})
