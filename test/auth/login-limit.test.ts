import { afterAll, beforeEach, expect, it } from 'vitest'
import {
  giveBackTry,
  reserveTry,
  TRIES_OVER_ALL,
  TRIES_PER_CLIENT,
  type Try,
} from '../../lib/auth/login-limit.ts'
import { losingAnswers } from '../support/inbox.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore, type VirtualStore, type VirtualTime } from '../support/virtual.ts'

describeEngines('the limit of logins', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  let lossy: VirtualStore
  beforeEach(() => {
    time = createTime()
    store = openVirtualStore(test, time)
    lossy = { ...store, ...losingAnswers(store) }
  })
  const reserve = async (on = store): Promise<Try> => {
    const tried = await reserveTry(on, 'me')
    if (tried.word !== 'reserved') throw new Error(tried.word)
    return tried
  }
  /** How many tries are counted for the client, and for all. */
  const counted = async () => {
    const { loginTries, allLoginTries } = store.keys
    const fields = await Promise.all([loginTries('me'), allLoginTries].map((key) => store.fields(key)))
    return fields.map(({ tries }) => Number(tries))
  }

  it('counts a try once after its answer was lost', async () => {
    for (let i = 0; i < TRIES_PER_CLIENT; i++) await reserve(lossy)
    expect(await counted()).toEqual([TRIES_PER_CLIENT, TRIES_PER_CLIENT])
    expect(await reserveTry(lossy, 'me')).toEqual({ word: 'limited', waitMs: 60_000 })
  })

  it('gives a try back once after its answer was lost, and no other try', async () => {
    await reserve()
    await giveBackTry(lossy, await reserve())
    expect(await counted()).toEqual([1, 1])
  })

  it('does not count a returned try again when its first call arrives late', async () => {
    const calls: Parameters<VirtualStore['run']>[] = []
    const run: VirtualStore['run'] = (...call) => {
      calls.push(call)
      return store.run(...call)
    }
    await giveBackTry(store, await reserve({ ...store, run }))
    const [call] = calls
    if (call) expect(await store.run(...call)).toEqual(['reserved'])
    expect(await counted()).toEqual([0, 0])
  })

  it('subtracts nothing from a window that began later', async () => {
    const before = await reserve()
    time.nowMs += 60_000
    await reserve()
    await giveBackTry(store, before)
    expect(await counted()).toEqual([1, 1])
  })

  it('gives a try back only in the window that is still open', async () => {
    await reserveTry(store, 'other')
    time.nowMs += 59_000
    const before = await reserve()
    time.nowMs += 1000
    await reserveTry(store, 'other')
    await giveBackTry(store, before)
    expect(await counted()).toEqual([0, 1])
  })

  it('gives nothing back from a counter that an edit lowered, nor for a try that the store has forgotten', async () => {
    const tried = await reserve()
    await test.raw.command('HSET', store.keys.loginTries('me'), 'tries', '0')
    await giveBackTry(store, tried)
    expect(await counted()).toEqual([0, 0])
    await giveBackTry(store, { ...tried, id: 'unknown' })
    expect(await counted()).toEqual([0, 0])
  })

  it('starts a new window when the stored one ends too late: the clock was set back', async () => {
    for (let i = 0; i < TRIES_PER_CLIENT; i++) await reserve()
    time.nowMs -= 1
    expect(await reserveTry(store, 'me')).toMatchObject({ word: 'reserved' })
    expect(await counted()).toEqual([1, 1])
  })

  it('returns the longer of two waits', async () => {
    for (let i = 0; i < TRIES_OVER_ALL - TRIES_PER_CLIENT; i++) await reserveTry(store, `other ${i}`)
    time.nowMs += 20_000
    for (let i = 0; i < TRIES_PER_CLIENT; i++) await reserve()
    expect(await reserveTry(store, 'me')).toEqual({ word: 'limited', waitMs: 60_000 })
    expect(await reserveTry(store, 'nobody')).toEqual({ word: 'limited', waitMs: 40_000 })
  })

  it('keeps a try for its window', async () => {
    const { id } = await reserve()
    const leftMs = Number(await test.raw.command('PTTL', store.keys.acted(id)))
    expect(leftMs).toBeGreaterThan(50_000)
    expect(leftMs).toBeLessThanOrEqual(60_000)
  })

  it.each([[['nonsense']], [['limited', 'soon']], [['limited']]])(
    'throws for a reply of another shape: %j',
    async (reply) => {
      const odd = { ...store, run: () => Promise.resolve(reply) }
      await expect(reserveTry(odd, 'me')).rejects.toMatchObject({ code: 'unexpected_reply' })
    },
  )
})
