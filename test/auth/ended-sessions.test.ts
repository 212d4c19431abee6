import { afterAll, expect, it } from 'vitest'
import { endSession, isEnded } from '../../lib/auth/ended-sessions.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore } from '../support/virtual.ts'

describeEngines('a session that was ended', (engine) => {
  const test = openStore(engine)
  const store = openVirtualStore(test, createTime())
  afterAll(() => test.cleanup())

  it('is ended, also after a second call, and no other session is', async () => {
    await endSession(store, 'a')
    await endSession(store, 'a')
    expect([await isEnded(store, 'a'), await isEnded(store, 'b')]).toEqual([true, false])
  })

  it.each([[['nonsense']], [['']]])('is not open by a reply of another shape: %j', async (reply) => {
    const odd = { ...store, run: () => Promise.resolve(reply) }
    await expect(isEnded(odd, 'a')).rejects.toMatchObject({ code: 'unexpected_reply' })
  })
})
