import { afterAll, beforeEach, expect, it } from 'vitest'
import { fingerprint } from '../../lib/config.ts'
import { readSnapshot } from '../../lib/state/snapshot.ts'
import { isToldSecret, recordSecret } from '../../lib/webhook/secret.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore, type VirtualStore, type VirtualTime } from '../support/virtual.ts'

const DAY_MS = 24 * 3600_000
const [A, B, C] = ['secret a', 'secret b', 'secret c'].map(fingerprint) as [string, string, string]

describeEngines('webhook secrets', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  beforeEach(() => {
    time = createTime()
    store = openVirtualStore(test, time)
  })
  const known = () => Promise.all([A, B, C].map((secret) => isToldSecret(store, secret)))

  it('that Telegram was never given are unknown, and counted', async () => {
    expect(await known()).toEqual([false, false, false])
    await recordSecret(store, A)
    expect(await known()).toEqual([true, false, false])
    expect((await readSnapshot(store)).refused).toBe(5)
  })

  it('before a rotation are accepted for a day', async () => {
    await recordSecret(store, A)
    time.nowMs += 30 * DAY_MS
    await recordSecret(store, B)
    expect(await known()).toEqual([true, true, false])
    time.nowMs += DAY_MS - 1
    expect(await known()).toEqual([true, true, false])
    time.nowMs += 1
    expect(await known()).toEqual([false, true, false])
  })

  it('given again do not extend the day', async () => {
    await recordSecret(store, A)
    await recordSecret(store, B)
    time.nowMs += DAY_MS - 1
    await recordSecret(store, B)
    expect(await known()).toEqual([true, true, false])
    time.nowMs += 1
    expect(await known()).toEqual([false, true, false])
  })

  it('rotated back and forth are both known', async () => {
    for (const secret of [A, B, A]) await recordSecret(store, secret)
    expect(await known()).toEqual([true, true, false])
    time.nowMs += DAY_MS
    expect(await known()).toEqual([true, false, false])
  })

  it('are stored as fingerprints only', async () => {
    await recordSecret(store, A)
    await recordSecret(store, B)
    const fields = await store.fields(store.keys.telegram)
    expect(fields).toEqual({
      secret: B,
      secret_prev: A,
      secret_prev_until: String(time.nowMs + DAY_MS),
    })
    expect(A).not.toContain('secret a')
  })

  it('are refused when an edit made the end of the day unreadable', async () => {
    await recordSecret(store, A)
    await recordSecret(store, B)
    await store.test.redis.hset(store.keys.telegram, { secret_prev_until: 'tomorrow' })
    expect(await known()).toEqual([false, true, false])
  })
})
