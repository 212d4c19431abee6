/**
 * A full store (maxmemory, noeviction) refuses new data, and every script that frees memory still works. Only a
 * real engine refuses writes like that.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { discard, replay } from '../../lib/inbox/dead-letters.ts'
import { CHAT, LEASE_MS, NEIGHBOURS, openOwnInbox, STRANGERS, type Inbox } from '../support/inbox.ts'
import { engines } from '../support/store.ts'

const [NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = ''] = STRANGERS

describe.skipIf(!engines.includes('native'))('a full store [native]', () => {
  let inbox: Inbox
  beforeAll(async () => {
    inbox = (await openOwnInbox()).inbox
  })
  afterAll(() => inbox.cleanup())

  const setLimit = (bytes: number) => inbox.raw('CONFIG', 'SET', 'maxmemory', String(bytes))
  const fill = () => setLimit(1)
  beforeEach(async () => {
    await setLimit(0)
    await inbox.raw('FLUSHALL')
  })

  it('refuses an update and stores nothing of it', async () => {
    await inbox.filled(['1', '2'])
    await fill()
    const before = await inbox.dump()
    for (const chat of [CHAT, NEIGHBOUR, STRANGER]) {
      const call = inbox.accept('3', { chat, user: '42', rate: { requests: 5, windowMs: 60_000 } })
      await expect(call).rejects.toMatchObject({ code: 'store_full', definite: true })
    }
    expect(await inbox.dump()).toEqual(before)
    await setLimit(0)
    expect(await inbox.accept('3')).toMatchObject({ word: 'accepted' })
  })

  it('refuses an update for a mailbox with an unreadable record', async () => {
    await inbox.filled(['1', '2'])
    await inbox.setField(`m:${CHAT}`, 'nonsense')
    await fill()
    const before = await inbox.dump()
    await expect(inbox.accept('3')).rejects.toMatchObject({ code: 'store_full' })
    expect(await inbox.dump()).toEqual(before)
    expect(await inbox.taken()).toMatchObject({ updateId: '1' })
  })

  it('settles, also when the worker did not know the error counter', async () => {
    const lease = await inbox.filled(['1', '2', '3'])
    await inbox.setBot({ errors: 3 })
    inbox.nowMs += LEASE_MS / 2
    await fill()
    const settled = await inbox.settle(lease)
    if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
    expect(settled).toMatchObject({ clearedErrors: true, next: { updateId: '2', attempt: 1 } })
    expect(await inbox.botField('errors')).toEqual(Array<string>(8).fill('0'))
    expect(await inbox.settle(settled.next, { takeNext: false })).toMatchObject({ next: null, left: true })
    const last = await inbox.taken()
    expect(await inbox.settle(last)).toMatchObject({ next: null, left: false })
    expect(await inbox.settle(last)).toMatchObject({ word: 'settled', next: null })
    expect(await inbox.field('settled')).toBe('3')
  })

  it('answers `lost` under a lost lease', async () => {
    const lease = await inbox.leased('1')
    await fill()
    expect(await inbox.settle({ ...lease, fence: '1' })).toEqual({ word: 'lost' })
    expect(await inbox.fail({ ...lease, owner: 'x' })).toEqual({ word: 'lost' })
    expect(await inbox.renew({ ...lease, owner: 'x' })).toBe('lost')
  })

  it.each(['retry', 'wait', 'dead'] as const)('records a failure: %s', async (action) => {
    const lease = await inbox.filled(['1', '2'])
    await fill()
    const changes = { action, countsAsError: true, breaker: 'telegram', limited: true, delayMs: 100 } as const
    const failed = await inbox.fail(lease, changes)
    expect(failed).toMatchObject({ word: 'failed', how: action === 'dead' ? 'dead' : 'parked', errors: 1 })
    expect(await inbox.fail(lease, changes)).toEqual(failed)
    expect(await inbox.pending()).toEqual(action === 'dead' ? ['2'] : ['1', '2'])
    expect(await inbox.letters()).toHaveLength(action === 'dead' ? 1 : 0)
  })

  it('takes, renews and sweeps', async () => {
    await inbox.filled(['1', '2'])
    await inbox.settle(await inbox.leased('3', { chat: STRANGER }))
    inbox.nowMs += 1000_000
    await fill()
    expect(await inbox.sweep()).toEqual([CHAT])
    expect(await inbox.botField('swept_at')).toEqual(Array<string>(8).fill(String(inbox.nowMs)))
    expect(await inbox.mailbox(STRANGER)).toBeNull()
    const lease = await inbox.taken()
    expect(lease).toMatchObject({ attempt: 2 })
    expect(await inbox.renew(lease)).toBe('renewed')
    expect(await inbox.take(CHAT, lease.owner)).toMatchObject({ word: 'leased', lease: { attempt: 2 } })
    expect(await inbox.take(STRANGER)).toMatchObject({ word: 'idle' })
  })

  it('discards dead letters; replays none, and keeps them', async () => {
    await inbox.dies(await inbox.leased('1'))
    await inbox.dies(await inbox.leased('2'))
    await inbox.leased('3', { chat: STRANGER })
    await inbox.dies(await inbox.leased('4', { chat: NEIGHBOUR }))
    await inbox.filled(['5', '6'], { chat: NEIGHBOUR })
    await fill()
    const before = await inbox.dump()
    for (const [updateId, chatKey] of [
      ['1', CHAT],
      ['4', NEIGHBOUR],
    ] as const) {
      await expect(replay(inbox.store, { updateId, chatKey })).rejects.toMatchObject({ code: 'store_full' })
    }
    expect(await inbox.dump()).toEqual(before)
    expect(await discard(inbox.store, '2')).toBe(1)
    expect((await inbox.letters()).map(({ updateId }) => updateId).toSorted()).toEqual(['1', '4'])
  })

  it('is emptied by draining: accepted updates are there, refused ones are not', async () => {
    const used = /used_memory:(\d+)/.exec((await inbox.word('INFO', 'memory')) ?? '')?.[1]
    await setLimit(Number(used) + 3_000_000)
    const payload = 'x'.repeat(100_000)
    const accepted: string[] = []
    for (let id = 1; id <= 60; id++) {
      const outcome = await inbox.accept(String(id), { payload }).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'store_full' })
      else accepted.push(String(id))
    }
    expect(accepted.length).toBeLessThan(60)
    expect(accepted.length).toBeGreaterThan(5)
    expect(await inbox.pending()).toEqual(accepted)
    inbox.nowMs += LEASE_MS
    expect(await inbox.drain()).toEqual(accepted)
    expect(await inbox.accept('1000', { payload })).toMatchObject({ word: 'accepted' })
  })
})
