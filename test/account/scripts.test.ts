import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, expect, inject, it } from 'vitest'
import { giveAccount, NO_CHANGES } from '../../lib/account/give.ts'
import { lookAtAccount } from '../../lib/account/look.ts'
import { takeAccount, type Rule } from '../../lib/account/take.ts'
import { openStore as openClient } from '../../lib/redis.ts'
import { startMonitor } from '../support/monitor.ts'
import { describeEngines, openStore } from '../support/store.ts'

const NOW = 1_796_000_000_000

describeEngines('take and give of an account', (engine) => {
  const test = openStore(engine)
  let nowMs = NOW
  const store = openClient(
    { store: { url: test.url, token: test.token }, keyPrefix: test.prefix, storeKeyLocking: false },
    { now: () => String(nowMs) },
  )
  afterAll(() => test.cleanup())
  let operator = ''
  beforeEach(() => {
    operator = randomUUID()
    nowMs = NOW
  })
  const take = (owner: string, rule: Rule = '', methods: string[] = []) =>
    takeAccount(store, operator, { owner: `${operator}.${owner}`, rule, methods })
  const give = (owner: string, changes: Partial<typeof NO_CHANGES> = {}) =>
    giveAccount(store, operator, `${operator}.${owner}`, { ...NO_CHANGES, ...changes })

  it('one at a time: another owner is busy until the first has given it back', async () => {
    expect(await take('a')).toEqual({ word: 'taken', nowMs: NOW, session: '', login: '' })
    expect(await take('b')).toMatchObject({ word: 'busy' })
    expect(await give('a')).toBe(true)
    expect(await take('b')).toMatchObject({ word: 'taken' })
  })

  it('the same take again is taken, and counted once', async () => {
    for (let i = 0; i < 10; i++) expect(await take('a', 'verify')).toMatchObject({ word: 'taken' })
    expect(await test.redis.hget(store.keys.accountTries(operator), 'verify')).toBe('1')
  })

  it('the same give again is given, and written once', async () => {
    await take('a')
    expect(await give('a', { session: 'first' })).toBe(true)
    await take('b')
    await give('b', { session: 'second' })
    expect(await give('a', { session: 'first' })).toBe(true)
    expect(await lookAtAccount(store, operator)).toMatchObject({ session: 'second' })
  })

  it('a give after the lock was lost is lost, and writes nothing', async () => {
    await take('a')
    await test.redis.del(store.keys.accountLock(operator))
    await take('b')
    expect(await give('a', { session: 'late' })).toBe(false)
    expect(await lookAtAccount(store, operator)).toMatchObject({ session: '' })
    expect(await take('c')).toMatchObject({ word: 'busy' })
  })

  it('the lock lasts longer than a call can', async () => {
    await take('a')
    const ms = await test.redis.pttl(store.keys.accountLock(operator))
    expect(ms).toBeGreaterThan(30_000)
    expect(ms).toBeLessThanOrEqual(45_000)
  })

  it('a login that goes on keeps its end, and one that ended meanwhile stays ended', async () => {
    await take('a')
    await give('a', { login: 'one', loginMs: 60_000 })
    await take('b')
    await give('b', { login: 'two' })
    const leftMs = await test.redis.pttl(store.keys.accountLogin(operator))
    expect(leftMs).toBeGreaterThan(0)
    expect(leftMs).toBeLessThanOrEqual(60_000)
    await test.redis.del(store.keys.accountLogin(operator))
    await take('c')
    await give('c', { login: 'three' })
    expect(await lookAtAccount(store, operator)).toMatchObject({ login: '' })
  })

  it('a flood wait holds its method alone, and is over when it is over', async () => {
    await take('a')
    await give('a', { flood: { method: 'auth.sendCode', ms: 5000 } })
    expect(await take('b', 'code', ['auth.sendCode', 'auth.resendCode'])).toEqual({
      word: 'flood',
      waitMs: 5000,
    })
    expect(await take('c', '', ['users.getUsers'])).toMatchObject({ word: 'taken' })
    await give('c')
    expect(await lookAtAccount(store, operator)).toMatchObject({ floodUntilMs: NOW + 5000 })
    nowMs += 5001
    expect(await take('d', 'code', ['auth.sendCode'])).toMatchObject({ word: 'taken' })
  })

  it('a shorter flood wait does not shorten the life of a longer one', async () => {
    await take('a')
    await give('a', { flood: { method: 'one', ms: 600_000 } })
    await take('b')
    await give('b', { flood: { method: 'two', ms: 1000 } })
    expect(await test.redis.pttl(store.keys.accountFlood(operator))).toBeGreaterThan(500_000)
  })

  it('a flood wait refuses before anything is counted', async () => {
    await take('a')
    await give('a', { flood: { method: 'm', ms: 5000 } })
    await take('b', 'verify', ['m'])
    expect(await test.redis.exists(store.keys.accountTries(operator))).toBe(0)
  })

  it('thirty reads a minute', async () => {
    for (let i = 0; i < 30; i++) {
      expect(await take(`r${i}`, 'read')).toMatchObject({ word: 'taken' })
      await give(`r${i}`)
    }
    expect(await take('late', 'read')).toEqual({ word: 'limited', waitMs: 60_000 })
    nowMs += 60_000
    expect(await take('later', 'read')).toMatchObject({ word: 'taken' })
  })

  it('a refund takes back what was counted last', async () => {
    for (const [owner, rule] of [
      ['a', 'code'],
      ['b', 'code'],
      ['c', 'verify'],
    ] as const) {
      await take(owner, rule)
      await give(owner, owner === 'a' ? {} : { refund: rule })
      nowMs += 1000
    }
    const tries = await test.redis.hgetall(store.keys.accountTries(operator))
    expect(tries).toEqual(
      Array.isArray(tries) ? ['code', String(NOW), 'verify', '0'] : { code: String(NOW), verify: '0' },
    )
  })

  it('an unreadable count counts as none', async () => {
    await test.redis.hset(store.keys.accountTries(operator), { read: 'x', verify: 'y', qr: 'z', code: '-' })
    for (const rule of ['read', 'verify', 'qr', 'code'] as const) {
      expect(await take(rule, rule)).toMatchObject({ word: 'taken' })
      await give(rule)
    }
  })

  it('a read costs two round trips and at most twelve commands', async () => {
    const monitor = await startMonitor(inject('stores')[engine]?.redisPort ?? 0)
    await take('a', 'read', ['messages.getDialogs'])
    await give('a')
    await test.redis.get(`${test.prefix}end`)
    const lines = monitor.linesWith(operator)
    monitor.close()
    const scripts = lines.filter((line) => !/\] "/.test(line) || /"eval/i.test(line))
    expect(scripts.length).toBeLessThanOrEqual(12)
    if (engine === 'native')
      expect(lines.filter((line) => / lua\]/.test(line)).length).toBeLessThanOrEqual(12)
  })
})
