import { afterAll, beforeEach, expect, it } from 'vitest'
import { forgetPeer, markBlocked, movePeer, rememberLanguage } from '../../lib/state/peers.ts'
import { StoreError } from '../../lib/errors.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore } from '../support/virtual.ts'

const ALL_IDS = ['42', '-1001234567890123', '4503599627370495']

describeEngines('peers', (engine) => {
  const store = openVirtualStore(openStore(engine), createTime())
  afterAll(() => store.test.cleanup())
  const peer = (id: string) => store.fields(store.keys.peer(id))
  beforeEach(async () => {
    for (const id of ALL_IDS) await store.test.redis.del(store.keys.peer(id))
  })

  it('stores the last language of each user', async () => {
    for (const id of ALL_IDS) {
      await rememberLanguage(store, id, 'ru')
      await rememberLanguage(store, id, 'fr')
      expect(await peer(id)).toEqual({ language: 'fr' })
    }
  })

  it('marks and unmarks a chat to which the bot may not write, and keeps the other fields', async () => {
    await markBlocked(store, '42', false)
    expect(await peer('42')).toEqual({})
    await rememberLanguage(store, '42', 'fr')
    await markBlocked(store, '42', true)
    await markBlocked(store, '42', true)
    expect(await peer('42')).toEqual({ language: 'fr', blocked: '1' })
    await markBlocked(store, '42', false)
    expect(await peer('42')).toEqual({ language: 'fr' })
  })

  it('sets an expiry on everything that it writes', async () => {
    await rememberLanguage(store, '42', 'fr')
    await markBlocked(store, '4503599627370495', true)
    await movePeer(store, '42', '-1001234567890123')
    for (const id of ['4503599627370495', '-1001234567890123']) {
      expect(await store.test.redis.pttl(store.keys.peer(id))).toBeGreaterThan(399 * 86_400_000)
    }
  })

  it('deletes a whole record, and returns the number of records', async () => {
    await rememberLanguage(store, '42', 'fr')
    await rememberLanguage(store, '-1001234567890123', 'ru')
    expect(await forgetPeer(store, '42')).toBe(1)
    expect(await forgetPeer(store, '42')).toBe(0)
    expect(await peer('42')).toEqual({})
    expect(await peer('-1001234567890123')).toEqual({ language: 'ru' })
  })

  it('moves the record of a group to its supergroup, which keeps its own fields', async () => {
    await rememberLanguage(store, '42', 'fr')
    await markBlocked(store, '42', true)
    await rememberLanguage(store, '-1001234567890123', 'ru')
    await movePeer(store, '42', '-1001234567890123')
    expect(await peer('42')).toEqual({})
    expect(await peer('-1001234567890123')).toEqual({ language: 'ru', blocked: '1' })
  })

  it('moves once, and does nothing without a record', async () => {
    await movePeer(store, '42', '-1001234567890123')
    expect(await peer('-1001234567890123')).toEqual({})
    await markBlocked(store, '42', true)
    await Promise.all([1, 2, 3].map(() => movePeer(store, '42', '-1001234567890123')))
    expect(await peer('-1001234567890123')).toEqual({ blocked: '1' })
  })

  it('throws for a record of another type, and does not change it', async () => {
    await store.test.redis.set(store.keys.peer('42'), 'an operator was here')
    const failure = { name: 'StoreError', code: 'wrong_type', definite: true }
    await expect(rememberLanguage(store, '42', 'fr')).rejects.toMatchObject(failure)
    await expect(markBlocked(store, '42', true)).rejects.toMatchObject(failure)
    await expect(movePeer(store, '42', '-1001234567890123')).rejects.toBeInstanceOf(StoreError)
    expect(await store.test.redis.get(store.keys.peer('42'))).toBe('an operator was here')
    expect(await forgetPeer(store, '42')).toBe(1)
  })
})
