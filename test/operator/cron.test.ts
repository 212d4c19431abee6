import { afterAll, beforeEach, expect, it } from 'vitest'
import { noteCron, sinceCron } from '../../lib/operator/cron.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore, type VirtualStore, type VirtualTime } from '../support/virtual.ts'

describeEngines('the cron’s mark', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  beforeEach(() => {
    time = createTime()
    store = openVirtualStore(test, time)
  })

  it('returns how long ago the cron called, by the store’s time', async () => {
    expect(await sinceCron(store)).toBeNull()
    await noteCron(store)
    expect(await sinceCron(store)).toBe(0)
    time.nowMs += 5000
    expect(await sinceCron(store)).toBe(5000)
    // A clock that was set back.
    time.nowMs -= 60_000
    expect(await sinceCron(store)).toBe(0)
  })

  it.each(['soon', 'nan', 'inf', '1e400', '-5', ''])('is null for the stored value %j', async (mark) => {
    await test.raw.command('HSET', store.keys.alerts, 'cron_at', mark)
    expect(await sinceCron(store)).toBeNull()
  })

  it('throws for a reply of another shape', async () => {
    const odd = (reply: string[]) => ({ ...store, run: () => Promise.resolve(reply) })
    await expect(sinceCron(odd(['nonsense', '1', '2']))).rejects.toMatchObject({ code: 'unexpected_reply' })
    expect(await sinceCron(odd(['cron']))).toBeNull()
  })
})
