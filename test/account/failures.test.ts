/** Each row of the table of failures, through the whole way. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMtproto, type MtprotoServer } from '../../lib/dev/mtproto/server.ts'
import { openAccount, type AccountWorld } from '../support/account.ts'

let server: MtprotoServer
let world: AccountWorld
beforeAll(async () => {
  server = await startMtproto()
})
beforeEach(async () => {
  world = await openAccount({ server })
})
afterEach(async () => {
  server.cloud.faults.refusals.clear()
  Object.assign(server.cloud.faults, { isMute: false, hangsUp: false })
  await world.close()
})
afterAll(() => server.close())

const state = async () => (await world.ask('GET', '/account')).json['state']
const code = async () => {
  const { phone } = server.add()
  return { phone, told: await world.told('POST', '/account/code', { phone }) }
}

describe('a code that is asked for', () => {
  it.each([
    [406, 'PHONE_NUMBER_INVALID', '422 phone_invalid'],
    [400, 'PHONE_NUMBER_BANNED', '403 phone_banned'],
    [420, 'FLOOD_WAIT_77', '429 flood_wait'],
    [420, 'FLOOD_PREMIUM_WAIT_77', '429 flood_wait'],
    [400, 'PHONE_NUMBER_FLOOD', '429 flood_wait'],
    [406, 'PHONE_PASSWORD_FLOOD', '429 flood_wait'],
    [500, 'AUTH_RESTART', '410 code_expired'],
    [406, 'UPDATE_APP_TO_LOGIN', '409 use_qr'],
    [400, 'SMS_CODE_CREATE_FAILED', '409 use_qr'],
    [403, 'RECAPTCHA_CHECK_signup__KEY', '409 use_qr'],
    [403, 'INTEGRITY_CHECK_CLASSIC_1', '409 use_qr'],
    [400, 'API_ID_INVALID', '502 api_id_refused'],
    [400, 'API_ID_PUBLISHED_FLOOD', '502 api_id_refused'],
    [400, 'SOMETHING_NEW', '502 telegram_error'],
    [500, 'INTERNAL_ERROR', '502 telegram_error'],
    [-503, 'Timeout', '502 telegram_error'],
  ])('and is refused with %i %s is answered %s', async (status, text, answer) => {
    world.refuse('auth.sendCode', status, text)
    expect((await code()).told).toBe(answer)
    expect(await state()).toBe('none')
  })
})

describe('a code that is typed in', () => {
  it.each([
    [400, 'PHONE_CODE_INVALID', '422 code_invalid', 'code_sent'],
    [400, 'PHONE_CODE_EMPTY', '422 code_invalid', 'code_sent'],
    [400, 'PHONE_CODE_EXPIRED', '410 code_expired', 'none'],
    [500, 'AUTH_RESTART', '410 code_expired', 'none'],
    [400, 'PHONE_NUMBER_UNOCCUPIED', '403 no_such_account', 'none'],
    [406, 'UPDATE_APP_TO_LOGIN', '409 use_qr', 'none'],
    [401, 'USER_DEACTIVATED_BAN', '403 account_deactivated', 'none'],
  ])('and is refused with %i %s is answered %s and leaves %s', async (status, text, answer, left) => {
    await code()
    world.refuse('auth.signIn', status, text)
    expect(await world.told('POST', '/account/verify', { code: '12345' })).toBe(answer)
    expect(await state()).toBe(left)
  })
})

describe('a QR code', () => {
  it.each(['AUTH_TOKEN_EXPIRED', 'AUTH_TOKEN_INVALID', 'AUTH_TOKEN_ALREADY_ACCEPTED', 'SESSION_REVOKED'])(
    'that is refused with %s is answered 410 login_expired',
    async (text) => {
      await world.ask('POST', '/account/qr')
      world.refuse('auth.exportLoginToken', 400, text)
      expect(await world.told('POST', '/account/qr/check')).toBe('410 login_expired')
      expect(await state()).toBe('none')
    },
  )
})

describe('a connected account', () => {
  it.each([
    [401, 'AUTH_KEY_UNREGISTERED', '409 session_revoked', 'revoked'],
    [401, 'AUTH_KEY_INVALID', '409 session_revoked', 'revoked'],
    [401, 'SESSION_REVOKED', '409 session_revoked', 'revoked'],
    [401, 'SESSION_EXPIRED', '409 session_revoked', 'revoked'],
    [406, 'AUTH_KEY_DUPLICATED', '409 session_revoked', 'revoked'],
    [401, 'USER_DEACTIVATED', '403 account_deactivated', 'none'],
    [401, 'USER_DEACTIVATED_BAN', '403 account_deactivated', 'none'],
    [400, 'PEER_ID_INVALID', '404 no_such_chat', 'connected'],
    [400, 'CHANNEL_INVALID', '404 no_such_chat', 'connected'],
    [400, 'CHANNEL_PRIVATE', '404 no_such_chat', 'connected'],
    [400, 'CHAT_ID_INVALID', '404 no_such_chat', 'connected'],
    [420, 'FLOOD_WAIT_9', '429 flood_wait', 'connected'],
    [400, 'LIMIT_INVALID', '502 telegram_error', 'connected'],
  ])('whose call is refused with %i %s answers %s and is %s', async (status, text, answer, left) => {
    await world.connect()
    world.refuse('messages.getHistory', status, text)
    expect(await world.told('GET', '/account/chats/me/messages')).toBe(answer)
    expect(await state()).toBe(left)
  })

  it('whose key Telegram has forgotten answers 409 session_revoked, then 409 not_connected', async () => {
    await world.connect()
    server.forgetKeys()
    expect(await world.told('GET', '/account/chats')).toBe('409 session_revoked')
    expect(await world.told('GET', '/account/chats')).toBe('409 not_connected')
    expect(await state()).toBe('revoked')
  })

  it('that is revoked is told to the administrators once, and stands in the audit', async () => {
    const account = await world.connect()
    server.revoke(account)
    await world.ask('GET', '/account/user')
    const { redis } = world.test
    expect((await redis.lrange(world.keys.audit, 0, 9)).join('\n')).toContain('account_revoked')
    expect(world.events('administrators alerted')).toMatchObject([{ cause: 'account_revoked' }])
  })

  it('whose key was seen twice leaves a line about the lock', async () => {
    await world.connect()
    world.refuse('users.getUsers', 406, 'AUTH_KEY_DUPLICATED')
    await world.ask('GET', '/account/user')
    expect(world.events('the account’s lock failed: Telegram saw its key twice')).toHaveLength(1)
  })

  it('is kept where Telegram hangs up: 502 telegram_unreachable', async () => {
    await world.connect()
    server.cloud.faults.hangsUp = true
    expect(await world.told('GET', '/account/user')).toBe('502 telegram_unreachable')
    server.cloud.faults.hangsUp = false
    expect(await world.told('GET', '/account/user')).toBe('200 ok')
  })
})

it('a QR code that is polled while Telegram is away fills no audit', async () => {
  await world.ask('POST', '/account/qr')
  server.cloud.faults.hangsUp = true
  for (let i = 0; i < 3; i++) {
    await world.forgetLimits()
    expect(await world.told('POST', '/account/qr/check')).toBe('502 telegram_unreachable')
  }
  await world.told('DELETE', '/account/login')
  await world.forgetLimits()
  expect(await world.told('POST', '/account/qr/check')).toBe('409 no_login')
  expect((await world.test.redis.lrange(world.keys.audit, 0, 9)).join('\n')).not.toContain('account_failed')
})

describe('a flood wait', () => {
  it('is answered from the store until it is over, for its method alone', async () => {
    await world.connect()
    world.refuse('messages.getDialogs', 420, 'FLOOD_WAIT_77')
    const first = await world.ask('GET', '/account/chats')
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '77'])
    const connections = server.opened()
    const second = await world.ask('GET', '/account/chats')
    expect(second.json['error']).toMatchObject({ code: 'flood_wait' })
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(70)
    expect(server.opened()).toBe(connections)
    const { json } = await world.ask('GET', '/account')
    expect(Date.parse(String(json['flood_until']))).toBeGreaterThan(Date.now() + 70_000)
    expect(await world.told('GET', '/account/user')).toBe('200 ok')
    world.nowMs = Date.now() + 78_000
    expect(await world.told('GET', '/account/chats')).toBe('200 ok')
  })

  it('without a number lasts a day', async () => {
    world.refuse('auth.sendCode', 400, 'PHONE_NUMBER_FLOOD')
    const { phone } = server.add()
    expect((await world.ask('POST', '/account/code', { phone })).headers.get('retry-after')).toBe('86400')
  })
})

describe('what needs no Telegram', () => {
  it('is 409 account_off without an api_id, and the state says off', async () => {
    delete world.env['TELEGRAM_API_ID']
    delete world.env['TELEGRAM_API_HASH']
    expect(await world.told('POST', '/account/qr')).toBe('409 account_off')
    expect(await state()).toBe('off')
  })

  it('is 409 not_connected where nothing is', async () => {
    expect(await world.told('GET', '/account/chats')).toBe('409 not_connected')
  })

  it('is 409 login_in_progress where a login is under way', async () => {
    await world.ask('POST', '/account/qr')
    expect(await world.told('GET', '/account/chats')).toBe('409 login_in_progress')
  })

  it('is 429 busy after three tries where another call holds the account', async () => {
    await world.connect()
    await world.test.redis.set(world.keys.accountLock('admin'), 'another', { px: 45_000 })
    const before = performance.now()
    const { status, headers, json } = await world.ask('GET', '/account/user')
    expect([status, headers.get('retry-after')]).toEqual([429, '1'])
    expect(json['error']).toMatchObject({ code: 'busy' })
    expect(performance.now() - before).toBeGreaterThan(1100)
  })

  it('is 429 too_many after thirty reads in a minute, distinct from Telegram’s flood wait', async () => {
    for (let i = 0; i < 30; i++) await world.ask('GET', '/account/user')
    await world.test.redis.hset(world.keys.accountTries('admin'), { read: `${Date.now()} 30` })
    const { json, headers } = await world.ask('GET', '/account/user')
    expect(json['error']).toMatchObject({ code: 'too_many' })
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('is 429 too_many for a second look at the QR code within three seconds', async () => {
    await world.ask('POST', '/account/qr')
    expect(await world.told('POST', '/account/qr/check')).toBe('200 qr_waiting')
    expect(await world.told('POST', '/account/qr/check')).toBe('429 too_many')
  })

  it('is 503 store_unavailable where the store is down, before Telegram is called', async () => {
    const connections = server.opened()
    world.env['UPSTASH_REDIS_REST_URL'] = 'http://127.0.0.1:9'
    expect(await world.told('POST', '/account/qr')).toBe('503 store_unavailable')
    expect(server.opened()).toBe(connections)
  })
})
