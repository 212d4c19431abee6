import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAccount, type AccountWorld } from '../support/account.ts'

let world: AccountWorld
beforeEach(async () => {
  world = await openAccount()
})
afterEach(() => world.close())

const state = async () => (await world.ask('GET', '/account')).json['state']

describe('login by QR code', () => {
  it('shows an address, and connects when the phone has scanned it', async () => {
    const account = world.server.add()
    const started = await world.ask('POST', '/account/qr')
    expect(started.status).toBe(201)
    expect(started.json).toMatchObject({ state: 'qr_waiting', poll_after_ms: 3000 })
    expect(started.json['url']).toMatch(/^tg:\/\/login\?token=[\w-]{20,}$/)
    expect(await state()).toBe('qr_waiting')
    const waiting = await world.ask('POST', '/account/qr/check')
    expect(waiting.json['url']).toBe(started.json['url'])
    world.server.scan(String(started.json['url']), account)
    await world.forgetLimits()
    const { json } = await world.ask('POST', '/account/qr/check')
    expect(json).toEqual({
      state: 'connected',
      account: { id: '1001', name: 'Ada', username: 'ada', phone: '+••••••••••00', is_premium: false },
    })
    expect((await world.ask('GET', '/account')).json).toMatchObject({
      state: 'connected',
      account: json['account'],
      login: null,
    })
  })

  it('goes on with the login under way when it is begun again', async () => {
    const first = await world.ask('POST', '/account/qr')
    const second = await world.ask('POST', '/account/qr')
    expect(second.json['url']).toBe(first.json['url'])
  })

  it('gives a new address when the old one is over', async () => {
    const first = await world.ask('POST', '/account/qr')
    for (const token of world.server.cloud.tokens) token.expiresMs = 0
    const second = await world.ask('POST', '/account/qr/check')
    expect(second.json['state']).toBe('qr_waiting')
    expect(second.json['url']).not.toBe(first.json['url'])
  })

  it('follows the account to another data centre, password included', async () => {
    await world.connect({ home: 4, password: 'geheim', hint: 'the usual' })
    expect((await world.ask('GET', '/account')).json).toMatchObject({
      state: 'password_needed',
      login: { hint: 'the usual' },
    })
    expect(await world.told('POST', '/account/verify', { password: 'wrong' })).toBe('422 password_invalid')
    expect(await world.told('POST', '/account/verify', { password: 'geheim' })).toBe('200 connected')
    expect((await world.ask('GET', '/account/user')).json['name']).toBe('Ada')
  })

  it('connects at the next look where the answer that let it in was lost', async () => {
    const account = world.server.add()
    const { json } = await world.ask('POST', '/account/qr')
    world.server.scan(String(json['url']), account)
    world.server.cloud.faults.lostAnswers.add('auth.exportLoginToken')
    const first = await world.told('POST', '/account/qr/check')
    await world.forgetLimits()
    const told = first === '200 connected' ? first : await world.told('POST', '/account/qr/check')
    expect(told).toBe('200 connected')
  })

  it('is 409 no_login where none is under way', async () => {
    expect(await world.told('POST', '/account/qr/check')).toBe('409 no_login')
  })
})

describe('login by code', () => {
  const begin = async (given: Parameters<AccountWorld['server']['add']>[0] = {}) => {
    const account = world.server.add(given)
    const sent = await world.ask('POST', '/account/code', { phone: account.phone })
    return { account, sent, code: world.server.codeOf(account.phone) }
  }

  it('sends a code into the app and connects with it', async () => {
    const { sent, code } = await begin()
    expect(sent.status).toBe(202)
    expect(sent.json).toMatchObject({
      state: 'code_sent',
      delivery: 'app',
      code_length: 5,
      resend_after_s: 60,
    })
    expect(await state()).toBe('code_sent')
    expect(await world.told('POST', '/account/verify', { code })).toBe('200 connected')
    expect(await state()).toBe('connected')
  })

  it('moves to the account’s data centre and asks for the password', async () => {
    const { code } = await begin({ home: 4, password: 'geheim' })
    const needed = await world.ask('POST', '/account/verify', { code })
    expect(needed.json).toEqual({ state: 'password_needed', hint: 'the usual' })
    expect(await world.told('POST', '/account/verify', { password: 'geheim' })).toBe('200 connected')
  })

  it('takes five wrong codes, then none', async () => {
    const { code } = await begin()
    for (let i = 0; i < 5; i++)
      expect(await world.told('POST', '/account/verify', { code: '0' })).toBe('422 code_invalid')
    const sixth = await world.ask('POST', '/account/verify', { code })
    expect(sixth.status).toBe(429)
    expect(sixth.json['error']).toMatchObject({ code: 'too_many' })
    expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(500)
  })

  it('gives five guesses of the password after guesses of the code', async () => {
    const { code } = await begin({ password: 'geheim' })
    for (let i = 0; i < 4; i++) await world.told('POST', '/account/verify', { code: '0' })
    await world.told('POST', '/account/verify', { code })
    // The sixth guess in all: counted with those of the code there would be none left.
    expect(await world.told('POST', '/account/verify', { password: 'x' })).toBe('422 password_invalid')
    expect(await world.told('POST', '/account/verify', { password: 'geheim' })).toBe('200 connected')
  })

  it('sends the code again after the time that Telegram names, and not before', async () => {
    const { account, code } = await begin()
    const soon = await world.ask('POST', '/account/code', { phone: account.phone })
    expect(soon.json['error']).toMatchObject({ code: 'too_soon' })
    expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(50)
    world.nowMs = Date.now() + 61_000
    expect(await world.told('POST', '/account/code', { phone: account.phone })).toBe('202 code_sent')
    expect(world.server.codeOf(account.phone)).not.toBe(code)
    expect(world.server.cloud.calls).toContain('2 auth.resendCode')
  })

  it('sends three codes an hour and five a day', async () => {
    const { phone } = world.server.add()
    const times = [0, 1, 2, 3, 61, 62, 63, 64].map((minutes) => Date.now() + minutes * 60_000)
    const told: string[] = []
    for (const at of times) {
      world.nowMs = at
      await world.test.redis.del(world.keys.accountLogin('admin'))
      told.push(await world.told('POST', '/account/code', { phone }))
    }
    const [sent, limited] = ['202 code_sent', '429 too_many']
    expect(told).toEqual([sent, sent, sent, limited, sent, sent, limited, limited])
  })

  it('does not count a code that was asked for too soon', async () => {
    const { account } = await begin()
    for (let i = 0; i < 6; i++) await world.told('POST', '/account/code', { phone: account.phone })
    expect(await world.told('POST', '/account/code', { phone: account.phone })).toBe('429 too_soon')
  })

  it('looks first whether it is logged in where the answer to the code was lost', async () => {
    const { code } = await begin()
    world.server.cloud.faults.lostAnswers.add('auth.signIn')
    const first = await world.told('POST', '/account/verify', { code })
    const told = first === '200 connected' ? first : await world.told('POST', '/account/verify', { code })
    expect(told).toBe('200 connected')
  })

  it('connects where the answer to the password was lost', async () => {
    const { code } = await begin({ password: 'geheim' })
    await world.told('POST', '/account/verify', { code })
    world.server.cloud.faults.lostAnswers.add('auth.checkPassword')
    const first = await world.told('POST', '/account/verify', { password: 'geheim' })
    const told =
      first === '200 connected' ? first : await world.told('POST', '/account/verify', { password: 'geheim' })
    expect(told).toBe('200 connected')
  })

  it('tries a proof that came too late once again, then gives up', async () => {
    const { code } = await begin({ password: 'geheim' })
    await world.told('POST', '/account/verify', { code })
    world.refuse('auth.checkPassword', 400, 'SRP_ID_INVALID', 1)
    expect(await world.told('POST', '/account/verify', { password: 'geheim' })).toBe('200 connected')
  })

  it('answers 502 where the proof is too late twice', async () => {
    const { code } = await begin({ password: 'geheim' })
    await world.told('POST', '/account/verify', { code })
    world.refuse('auth.checkPassword', 400, 'SRP_ID_INVALID', 2)
    expect(await world.told('POST', '/account/verify', { password: 'geheim' })).toBe('502 telegram_error')
  })

  it('refuses what is no phone number without asking Telegram', async () => {
    expect(await world.told('POST', '/account/code', { phone: 'hello' })).toBe('422 phone_invalid')
    expect(world.server.opened()).toBe(0)
  })

  it('is 403 no_such_account for a number without one', async () => {
    await world.told('POST', '/account/code', { phone: '+447946019999' })
    const code = world.server.codeOf('+447946019999')
    expect(await world.told('POST', '/account/verify', { code })).toBe('403 no_such_account')
    expect(await state()).toBe('none')
  })

  it('is 409 no_login where none is under way', async () => {
    expect(await world.told('POST', '/account/verify', { code: '12345' })).toBe('409 no_login')
    expect(await world.told('POST', '/account/verify', { password: 'x' })).toBe('409 no_login')
  })
})

describe('a login', () => {
  it('is given up by DELETE /account/login', async () => {
    await world.ask('POST', '/account/qr')
    expect(await world.told('DELETE', '/account/login')).toBe('200 none')
    expect(await state()).toBe('none')
  })

  it('ends after its time', async () => {
    await world.ask('POST', '/account/qr')
    const ttlMs = await world.test.redis.pttl(world.keys.accountLogin('admin'))
    expect(ttlMs).toBeGreaterThan(290_000)
    expect(ttlMs).toBeLessThanOrEqual(300_000)
    await world.told('POST', '/account/qr/check')
    expect(await world.test.redis.pttl(world.keys.accountLogin('admin'))).toBeLessThanOrEqual(ttlMs)
  })

  it('of another phone takes the place of the one under way', async () => {
    const [one, two] = [world.server.add(), world.server.add()]
    await world.ask('POST', '/account/code', { phone: one.phone })
    expect(await world.told('POST', '/account/code', { phone: two.phone })).toBe('202 code_sent')
    expect(await world.told('POST', '/account/verify', { code: world.server.codeOf(two.phone) })).toBe(
      '200 connected',
    )
    expect((await world.ask('GET', '/account')).json['account']).toMatchObject({ id: String(two.id) })
  })

  it('is answered with connected where an account is connected', async () => {
    const { phone } = await world.connect()
    expect(await world.told('POST', '/account/qr')).toBe('200 connected')
    expect(await world.told('POST', '/account/code', { phone })).toBe('200 connected')
  })

  it('keeps each operator’s account apart', async () => {
    await world.connect({ firstName: 'Ada' })
    expect((await world.ask('GET', '/account', {}, '901')).json['state']).toBe('none')
    await world.connect({ firstName: 'Grace' }, '901')
    expect((await world.ask('GET', '/account/user', {}, '901')).json['name']).toBe('Grace')
    expect((await world.ask('GET', '/account/user')).json['name']).toBe('Ada')
    expect(await world.told('GET', '/account/user', {}, '902')).toBe('409 not_connected')
  })
})

describe('the end', () => {
  it('logs out at Telegram and forgets the session', async () => {
    await world.connect()
    expect((await world.ask('DELETE', '/account')).json).toEqual({ state: 'none', ended_at_telegram: true })
    expect(world.server.cloud.calls.at(-1)).toBe('2 auth.logOut')
    expect(await state()).toBe('none')
    expect(await world.test.redis.exists(world.keys.accountSession('admin'))).toBe(0)
  })

  it('forgets the session where Telegram is not reached', async () => {
    await world.connect()
    world.server.cloud.faults.hangsUp = true
    expect((await world.ask('DELETE', '/account')).json).toEqual({ state: 'none', ended_at_telegram: false })
    expect(await state()).toBe('none')
  })

  it('comes with the sweep for who is no administrator any more', async () => {
    await world.connect({}, '902')
    world.env['ADMIN_TELEGRAM_IDS'] = '901'
    expect((await world.ask('POST', '/drain')).status).toBe(200)
    expect(world.server.cloud.calls.at(-1)).toBe('2 auth.logOut')
    expect(await world.test.redis.exists(world.keys.accountSession('902'))).toBe(0)
  })
})
