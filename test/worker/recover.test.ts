import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TelegramRefused, TelegramUnreachable } from '../../lib/errors.ts'
import type { HealDeps } from '../../lib/worker/heal.ts'
import { recover } from '../../lib/worker/recover.ts'
import type { HealReason } from '../../lib/state/bot-state.ts'
import { BOT } from '../support/bot.ts'
import { readState, writeState } from '../support/bot-state.ts'
import { describeStore, openStore } from '../support/store.ts'
import {
  createTime,
  openVirtualStore,
  recordLog,
  stubTelegram,
  type RecordedLog,
  type StubTelegram,
  type VirtualStore,
  type VirtualTime,
} from '../support/virtual.ts'

const down = new TelegramUnreachable('getMe', 'status_502')

describeStore('recover', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  let telegram: StubTelegram
  let log: RecordedLog
  beforeEach(async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    time = createTime()
    store = openVirtualStore(test, time)
    telegram = stubTelegram()
    log = recordLog()
    await writeState(store, { errors: '10' })
  })
  afterEach(() => void vi.restoreAllMocks())

  let owners = 0
  const deps = (): HealDeps => ({
    store,
    config: {
      publicUrl: null,
      isPreview: false,
      webhookSecret: 'the-webhook-secret',
      errorThreshold: 10,
      botId: '7000000001',
    },
    call: telegram.call,
    commands: [],
    log: log.log,
    redact: (text) => text,
    clock: time.clock,
    owner: `owner${++owners}`,
  })
  const start = (reason: HealReason, persist = true, deadlineMs = time.nowMs + 240_000) =>
    recover(deps, reason, { persist, clock: time.clock, deadlineMs })
  /** Does something while the nth sleep goes on. */
  const onSleep = (n: number, happens: () => Promise<unknown>) => {
    const clock = { ...time.clock }
    time.clock.sleep = async (ms) => {
      await clock.sleep(ms)
      if (time.slept.length === n) await happens()
    }
  }
  /** Telegram answers from its nth getMe on. */
  const answersFrom = (n: number) =>
    telegram.on('getMe', (_params, count) => {
      if (count < n) throw down
      return BOT
    })

  it('is done when the first try succeeds', async () => {
    expect(await start('threshold')).toBe('healed')
    expect(time.slept).toEqual([])
  })

  it('has nothing to do where nothing is wrong, or somebody is at it', async () => {
    await writeState(store, { errors: '0' })
    expect(await start('threshold')).toBe('no')
    expect(await start('probe')).toBe('no')
    await store.test.redis.set(store.keys.healLock, 'somebody', { px: 60_000 })
    expect(await start('threshold')).toBe('no')
    expect([time.slept, telegram.calls]).toEqual([[], []])
  })

  it('tries again after 1, 2, 4, 8, 10, 10 s until Telegram is back', async () => {
    answersFrom(7)
    expect(await start('threshold')).toBe('healed')
    expect(time.slept).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(await readState(store)).toMatchObject({ status: 'OK', epoch: '1', errors: '0', breaker: '' })
    expect(log.count('too many errors, reinitializing bot')).toBe(1)
    expect(log.count('bot reinitialized')).toBe(1)
  })

  it('tries once where it shall not persist', async () => {
    answersFrom(2)
    expect(await start('threshold', false)).toBe('no')
    expect([time.slept, telegram.methods()]).toEqual([[], ['getMe']])
  })

  it('never sleeps past its deadline', async () => {
    telegram.on('getMe', down)
    const deadlineMs = time.nowMs + 7500
    expect(await start('threshold', true, deadlineMs)).toBe('no')
    expect(time.slept).toEqual([1000, 2000, 4000])
    expect(time.nowMs).toBeLessThanOrEqual(deadlineMs)
    telegram.on('getMe', new TelegramRefused('getMe', 429, 'slow', { retryAfterSeconds: 3600 }))
    time.nowMs += 15_000
    expect(await start('probe', true, time.nowMs + 59_000)).toBe('no')
    expect(time.slept).toHaveLength(3)
  })

  it('waits for the time of a probe where it is too early, and for what somebody else is at', async () => {
    answersFrom(2)
    expect(await start('threshold', false)).toBe('no')
    await store.test.redis.set(store.keys.healLock, 'somebody', { px: 60_000 })
    onSleep(1, () => store.test.redis.del(store.keys.healLock))
    expect(await start('probe')).toBe('healed')
    expect(time.slept).toEqual([500, 500])
    expect(telegram.methods()).toEqual(['getMe', 'getMe'])
  })

  it('asks no oftener than every 50 ms', async () => {
    await writeState(store, { breaker: 'telegram', breaker_until: String(time.nowMs + 1) })
    expect(await start('probe')).toBe('healed')
    expect(time.slept).toEqual([50])
  })

  it('does not persist for anything but a probe where it is too early', async () => {
    answersFrom(2)
    await start('threshold', false)
    await writeState(store, { info: '' })
    expect(await start('init')).toBe('no')
    expect(time.slept).toEqual([])
  })

  it('ends when somebody else has healed the bot meanwhile, who may not have swept', async () => {
    telegram.on('getMe', down)
    onSleep(1, () => writeState(store, { breaker: '', status: 'OK' }))
    expect(await start('threshold')).toBe('over')
    expect(telegram.methods()).toEqual(['getMe'])
  })

  it('lets others probe in between, and waits for their next time', async () => {
    answersFrom(2)
    onSleep(1, () => writeState(store, { breaker_until: String(time.nowMs + 4000) }))
    expect(await start('threshold')).toBe('healed')
    expect(time.slept).toEqual([1000, 4000])
    expect(telegram.methods()).toEqual(['getMe', 'getMe'])
  })

  it('of many at once sends no more probes than one', async () => {
    answersFrom(4)
    // Each one's sleep moves the time of all, so the deadline must be far.
    const reasons = ['threshold', 'probe', 'threshold', 'probe'] as const
    await Promise.all(reasons.map((reason) => start(reason, true, Infinity)))
    expect(telegram.methods()).toHaveLength(4)
    expect(log.count('bot reinitialized')).toBe(1)
    expect(await readState(store)).toMatchObject({ status: 'OK', epoch: '1' })
  })
})
