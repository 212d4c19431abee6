import { afterAll, beforeEach, expect, it } from 'vitest'
import { countWrongTry, WRONG_TRIES } from '../../lib/auth/login-limit.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { until } from '../support/until.ts'
import { createTime, openVirtualStore, type VirtualStore } from '../support/virtual.ts'

describeEngines('the limit of wrong logins', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let store: VirtualStore
  let me: string
  let clients = 0
  beforeEach(() => {
    store = openVirtualStore(test, createTime())
    me = `me${clients++}`
  })
  const words = async (count: number, client = me) => {
    const found: string[] = []
    for (let i = 0; i < count; i++) found.push((await countWrongTry(store, client)).word)
    return found
  }

  it('counts tries up to the limit, then names the first beyond it', async () => {
    const counted = Array.from({ length: WRONG_TRIES }, () => 'counted')
    expect(await words(WRONG_TRIES + 3)).toEqual([...counted, 'first', 'limited', 'limited'])
  })

  it('counts each client by itself', async () => {
    await words(WRONG_TRIES + 1)
    expect(await words(1, `${me}-other`)).toEqual(['counted'])
  })

  it('keeps the count for one window, which later tries do not extend', async () => {
    await words(1)
    const key = store.keys.wrongTries(me)
    const left = async () => Number(await test.raw.command('PTTL', key))
    expect(await left()).toBeGreaterThan(30_000)
    expect(await left()).toBeLessThanOrEqual(60_000)
    await test.raw.command('PEXPIRE', key, '30000')
    await words(WRONG_TRIES)
    expect(await left()).toBeGreaterThan(20_000)
    expect(await left()).toBeLessThanOrEqual(30_000)
    const beyond = await countWrongTry(store, me)
    expect(beyond.word === 'limited' && beyond.waitMs).toBeGreaterThan(20_000)
  })

  it('begins anew when the window is over', async () => {
    await words(WRONG_TRIES + 1)
    const key = store.keys.wrongTries(me)
    await test.raw.command('PEXPIRE', key, '1')
    await until('the window to end', async () => (await test.raw.command('EXISTS', key)) === 0)
    expect(await words(1)).toEqual(['counted'])
  })

  it.each([[['nonsense']], [['limited', 'soon']], [['first']]])(
    'throws for a reply of another shape: %j',
    async (reply) => {
      const odd = { ...store, run: () => Promise.resolve(reply) }
      await expect(countWrongTry(odd, me)).rejects.toMatchObject({ code: 'unexpected_reply' })
    },
  )
})
