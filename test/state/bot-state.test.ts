import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { StoreError } from '../../lib/errors.ts'
import {
  breakerAt,
  claimHeal,
  finishHeal,
  HEAL_LOCK_MS,
  keepHeal,
  resetErrors,
  type HealReason,
} from '../../lib/state/bot-state.ts'
import { readState, writeState, type BotFields } from '../support/bot-state.ts'
import { losingAnswers } from '../support/inbox.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore, type VirtualStore, type VirtualTime } from '../support/virtual.ts'

const THRESHOLD = 10

describeEngines("the bot's state", (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  beforeEach(() => {
    time = createTime()
    store = openVirtualStore(test, time)
  })
  const claim = (owner: string, reason: HealReason = 'restart') => claimHeal(store, owner, reason, THRESHOLD)
  const ok = { status: 'OK', info: '{"id":1}' } as const
  const failed = { status: 'FAILED', nextProbeMs: 1500.2 } as const

  it('is claimed by one of many callers', async () => {
    await writeState(store, { status: 'OK', errors: '12', breaker_tries: '3', info: '{"id":7}' })
    const claims = await Promise.all(Array.from({ length: 20 }, (_, i) => claim(`owner${i}`, 'threshold')))
    const known = { errors: 12, info: '{"id":7}' }
    expect(claims.filter(({ word }) => word === 'claimed')).toEqual([
      { word: 'claimed', tries: 3, waitMs: 0, ...known },
    ])
    for (const busy of claims.filter(({ word }) => word !== 'claimed')) {
      expect(busy).toMatchObject({ word: 'busy', tries: 0, ...known })
      expect(busy.waitMs).toBeGreaterThan(HEAL_LOCK_MS / 2)
      expect(busy.waitMs).toBeLessThanOrEqual(HEAL_LOCK_MS)
    }
    expect(await readState(store)).toMatchObject({ status: 'REINITIALIZING', errors: '12' })
  })

  it('claimed again by the same owner is claimed, in any state', async () => {
    expect((await claim('a', 'init')).word).toBe('claimed')
    await writeState(store, { info: '{"id":7}' })
    expect((await claim('a', 'init')).word).toBe('claimed')
    expect((await claim('b')).word).toBe('busy')
  })

  it('can be claimed again after its claimer was killed, which can no longer finish', async () => {
    await writeState(store, { status: 'OK' })
    await claim('a')
    const { redis } = store.test
    await redis.pexpire(store.keys.healLock, 1)
    await vi.waitFor(async () => expect(await redis.exists(store.keys.healLock)).toBe(0))
    expect(await finishHeal(store, 'a', ok)).toBeNull()
    expect((await claim('b', 'stuck')).word).toBe('claimed')
    expect(await finishHeal(store, 'a', failed)).toBeNull()
    expect(await readState(store)).toEqual({ status: 'REINITIALIZING' })
    expect(await finishHeal(store, 'b', ok)).toBe(1)
  })

  it('is kept by a running claimer, and by no other', async () => {
    await claim('a')
    const { redis } = store.test
    await redis.pexpire(store.keys.healLock, 500)
    expect(await keepHeal(store, 'b')).toBe(false)
    expect(await redis.pttl(store.keys.healLock)).toBeLessThanOrEqual(500)
    expect(await keepHeal(store, 'a')).toBe(true)
    expect(await redis.pttl(store.keys.healLock)).toBeGreaterThan(HEAL_LOCK_MS / 2)
    await finishHeal(store, 'a', ok)
    expect(await keepHeal(store, 'a')).toBe(false)
  })

  const until = (ms: number) => String(1_790_000_000_000 + ms)
  const CONDITIONS: [HealReason, BotFields, word: string, waitMs?: number][] = [
    ['threshold', {}, 'unneeded'],
    ['threshold', { errors: '9' }, 'unneeded'],
    ['threshold', { errors: '10' }, 'claimed'],
    ['threshold', { errors: '10', breaker: 'throttled' }, 'claimed'],
    ['threshold', { errors: '10', breaker: 'paused' }, 'claimed'],
    ['threshold', { errors: '10', breaker: 'telegram' }, 'unneeded'],
    ['threshold', { errors: '10', breaker: 'token' }, 'unneeded'],
    ['probe', {}, 'unneeded'],
    ['probe', { breaker: 'throttled' }, 'unneeded'],
    ['probe', { breaker: 'paused', status: 'OK' }, 'unneeded'],
    // A pause replaces the breaker of a failure, not the failure: the probes keep their schedule.
    ['probe', { breaker: 'paused', status: 'FAILED' }, 'claimed'],
    ['probe', { breaker: 'paused', status: 'UNAUTHORIZED', breaker_until: until(0) }, 'claimed'],
    ['probe', { breaker: 'paused', status: 'FAILED', breaker_until: until(1) }, 'early', 1],
    ['probe', { breaker: 'paused', status: 'UNAUTHORIZED', breaker_until: until(8000) }, 'early', 8000],
    ['threshold', { errors: '10', breaker: 'paused', status: 'FAILED' }, 'unneeded'],
    ['threshold', { errors: '10', breaker: 'paused', status: 'UNAUTHORIZED' }, 'unneeded'],
    ['init', { breaker: 'paused', status: 'FAILED', breaker_until: until(700) }, 'early', 700],
    ['restart', { breaker: 'paused', status: 'FAILED', breaker_until: until(9000) }, 'claimed'],
    ['probe', { breaker: 'telegram' }, 'claimed'],
    ['probe', { breaker: 'telegram', breaker_until: until(1) }, 'early', 1],
    ['probe', { breaker: 'telegram', breaker_until: until(0) }, 'claimed'],
    ['probe', { breaker: 'token', breaker_until: until(15_000) }, 'early', 15_000],
    ['probe', { breaker: 'token', breaker_until: until(-1) }, 'claimed'],
    // Left by a clock that was set back: a probe is never delayed for more than a minute.
    ['probe', { breaker: 'telegram', breaker_until: until(60_000) }, 'early', 60_000],
    ['probe', { breaker: 'telegram', breaker_until: until(60_001) }, 'claimed'],
    // After an operator's edit.
    ['probe', { breaker: 'telegram', breaker_until: 'soon', breaker_tries: 'few' }, 'claimed'],
    ['threshold', { errors: 'many' }, 'unneeded'],
    ['init', {}, 'claimed'],
    ['init', { info: '' }, 'claimed'],
    ['init', { info: '{}' }, 'unneeded'],
    ['init', { breaker: 'telegram', breaker_until: until(700) }, 'early', 700],
    ['init', { breaker: 'paused', breaker_until: until(700) }, 'claimed'],
    ['stuck', {}, 'unneeded'],
    ['stuck', { status: 'FAILED' }, 'unneeded'],
    ['stuck', { status: 'REINITIALIZING' }, 'claimed'],
    ['stuck', { status: 'REINITIALIZING', breaker: 'token', breaker_until: until(1) }, 'early', 1],
    ['stuck', { status: 'REINITIALIZING', breaker: 'telegram', breaker_until: until(0) }, 'claimed'],
    ['restart', { breaker: 'telegram', breaker_until: until(9000) }, 'claimed'],
    ['restart', { info: '{}', status: 'OK', breaker: 'paused' }, 'claimed'],
  ]

  it.each(CONDITIONS)('for %s in %j is %s', async (reason, fields, word, waitMs = 0) => {
    await writeState(store, fields)
    expect(await claim('a', reason)).toMatchObject({ word, waitMs, info: fields.info || null })
    expect(await store.test.redis.exists(store.keys.healLock)).toBe(word === 'claimed' ? 1 : 0)
    const { status } = await readState(store)
    expect(status).toBe(word === 'claimed' && fields.status === 'OK' ? 'REINITIALIZING' : fields.status)
  })

  it.each([
    ['probe', 'FAILED', 'telegram'],
    ['probe', 'UNAUTHORIZED', 'token'],
    ['restart', 'FAILED', 'telegram'],
    ['restart', 'UNAUTHORIZED', 'token'],
    ['restart', 'FAILED', 'paused'],
  ] as const)('for %s leaves the status %s of a broken bot in every copy, breaker %s', async (...given) => {
    const [reason, status, breaker] = given
    await writeState(store, { info: '{"id":7}', status, breaker })
    expect((await claim('a', reason)).word).toBe('claimed')
    const copies = await Promise.all(store.keys.allShards.map((key) => store.test.redis.hget(key, 'status')))
    expect(copies).toEqual(store.keys.allShards.map(() => status))
  })

  it('healed: one epoch more, counter zero, breaker closed; a repeated call raises the epoch once', async () => {
    const broken = { breaker: 'telegram', breaker_until: until(9000), breaker_tries: '4', errors: '12' }
    await writeState(store, { epoch: '6', ...broken })
    await claim('a')
    time.nowMs += 250
    expect(await finishHeal(store, 'a', ok)).toBe(7)
    expect(await finishHeal(store, 'a', ok)).toBe(7)
    expect(await finishHeal(store, 'b', ok)).toBeNull()
    const closed = { breaker: '', breaker_until: '0', breaker_tries: '0', reinitialized_at: until(250) }
    const bot = { info: '{"id":1}', epoch: '7', status: 'OK', errors: '0', finished_by: 'a' }
    expect(await readState(store)).toEqual({ ...bot, ...closed })
    expect((await claim('b')).word).toBe('claimed')
  })

  it.each([
    ['FAILED', 'telegram'],
    ['UNAUTHORIZED', 'token'],
  ] as const)(
    '%s: breaker %s until the next probe, the epoch and the errors stay',
    async (status, breaker) => {
      await writeState(store, { epoch: '6', errors: '12', info: '{"id":7}', breaker_tries: '2' })
      await claim('a')
      expect(await finishHeal(store, 'a', { status, nextProbeMs: 1500.2 })).toBe(6)
      expect(await finishHeal(store, 'a', { status, nextProbeMs: 1500.2 })).toBe(6)
      const bot = { info: '{"id":7}', epoch: '6', status, errors: '12', finished_by: 'a' }
      const open = { breaker, breaker_until: until(1501), breaker_tries: '3' }
      expect(await readState(store)).toEqual({ ...bot, ...open })
    },
  )

  it("keeps an operator's pause after any result of a restart, and the schedule of the probes", async () => {
    await writeState(store, { breaker: 'paused', breaker_until: '5', breaker_tries: '0' })
    for (const [owner, result, state] of [
      ['a', failed, { status: 'FAILED', breaker_until: until(1501), breaker_tries: '1' }],
      ['b', failed, { status: 'FAILED', breaker_until: until(1501), breaker_tries: '2' }],
      ['c', ok, { status: 'OK', breaker_until: '0', breaker_tries: '0' }],
    ] as const) {
      await claim(owner)
      await finishHeal(store, owner, result)
      expect(await readState(store)).toMatchObject({ ...state, breaker: 'paused' })
    }
  })

  const throttle: [untilMs: number, breaker: string][] = [
    [-1, ''],
    [0, ''],
    [1, 'throttled'],
    [60_000, 'throttled'],
    // Left by a clock that was set back: the scripts ignore it too.
    [60_001, ''],
  ]
  it.each(throttle)('has a throttle that ends in %d ms as %j', (ms, expected) => {
    expect(breakerAt('throttled', time.nowMs + ms, time.nowMs)).toBe(expected)
  })

  it.each(
    ['', 'telegram', 'token', 'paused'].flatMap((breaker) => throttle.map(([ms]) => ({ breaker, ms }))),
  )('has the breaker "$breaker" as it is, whose time ends in $ms ms', ({ breaker, ms }) =>
    expect(breakerAt(breaker, time.nowMs + ms, time.nowMs)).toBe(breaker),
  )

  it('resets only the error counter', async () => {
    expect(await resetErrors(store)).toBe(0)
    await writeState(store, { errors: '7', status: 'FAILED', breaker: 'telegram' })
    expect(await resetErrors(store)).toBe(7)
    expect(await readState(store)).toEqual({ errors: '0', status: 'FAILED', breaker: 'telegram' })
  })

  it('resets the errors once after the answer was lost: later errors are counted', async () => {
    await writeState(store, { errors: '10' })
    const lossy = losingAnswers(store, () => writeState(store, { errors: '1' }))
    expect(await resetErrors(lossy)).toBe(10)
    expect(await readState(store)).toEqual({ errors: '1' })
    expect(await resetErrors(losingAnswers(store))).toBe(1)
    expect(await readState(store)).toEqual({ errors: '0' })
    await writeState(store, { errors: 'many' })
    expect(await resetErrors(store)).toBe(0)
  })

  it('returns the number of errors also after a reset that failed midway', async () => {
    await writeState(store, { errors: '10' })
    const { raw } = store.test
    const key = store.keys.shard(1)
    await raw.command('RENAME', key, `${key}:aside`)
    await raw.command('SET', key, 'of another type')
    await expect(resetErrors(store)).rejects.toMatchObject({ code: 'wrong_type' })
    await raw.command('DEL', key)
    await raw.command('RENAME', `${key}:aside`, key)
    expect(await resetErrors(store)).toBe(10)
    expect(await readState(store)).toEqual({ errors: '0' })
  })

  it('throws for a reply of another shape', async () => {
    const odd = { ...store, run: async () => ['nonsense'] }
    await expect(resetErrors(odd)).rejects.toBeInstanceOf(StoreError)
    await expect(claimHeal(odd, 'a', 'restart', 10)).rejects.toBeInstanceOf(StoreError)
    await expect(keepHeal(odd, 'a')).rejects.toBeInstanceOf(StoreError)
    await expect(finishHeal(odd, 'a', ok)).rejects.toBeInstanceOf(StoreError)
  })
})
