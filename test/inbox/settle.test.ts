import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lease } from '../../lib/inbox/types.ts'
import { CHAT, HOUR_MS, LEASE_MS, openInbox, START_MS, STRANGERS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [STRANGER = ''] = STRANGERS

describeEngines('settle', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  /** Settles and expects the next head under the same lease. */
  const next = async (lease: Lease): Promise<Lease> => {
    const settled = await inbox.settle(lease)
    if (settled.word !== 'settled' || !settled.next) throw new Error(`no next head: ${settled.word}`)
    return settled.next
  }

  it('removes the last head and frees the mailbox', async () => {
    const lease = await inbox.leased('1')
    await inbox.setBot({ info: '{"id":1}', epoch: 2, status: 'OK' })
    inbox.nowMs += 40
    expect(await inbox.settle(lease)).toEqual({
      word: 'settled',
      next: null,
      left: false,
      bot: { info: '{"id":1}', epoch: 2, status: 'OK', breaker: '', breakerUntilMs: 0, errors: 0 },
      clearedErrors: false,
    })
    expect(await inbox.mailbox()).toEqual({
      fence: START_MS,
      owner: '-',
      untilMs: 0,
      attempt: 0,
      waitMs: 0,
      backlog: 0,
      sinceMs: 0,
      head: '-',
      done: `settled/1/${lease.owner}/${lease.fence}`,
    })
    expect(await inbox.head()).toBe('')
    expect(await inbox.due()).toBe(-(START_MS + 40))
    expect(await inbox.field('pending')).toBe('0')
    expect(await inbox.field('settled')).toBe('1')
    expect(await inbox.field('settled_at')).toBe(String(START_MS + 40))
  })

  it('returns the next heads in order, under the same lease, each as its first attempt', async () => {
    const lost = await inbox.filled(['5', '9', '3'])
    inbox.nowMs += LEASE_MS
    const first = await inbox.taken()
    expect(first).toMatchObject({ updateId: lost.updateId, attempt: 2 })
    inbox.nowMs += 10
    const second = await next(first)
    expect(second).toEqual({
      ...first,
      attempt: 1,
      updateId: '9',
      head: `1 9 ${START_MS} - ok - 0\n{"update_id":9}`,
      nowMs: inbox.nowMs,
    })
    expect(await inbox.mailbox()).toMatchObject({
      attempt: 1,
      waitMs: 0,
      backlog: 1,
      sinceMs: START_MS,
      head: '9',
    })
    expect(await inbox.field('pending')).toBe('2')
    const third = await next(second)
    expect(third).toMatchObject({ updateId: '3', attempt: 1, fence: first.fence, owner: first.owner })
    expect(await inbox.settle(third)).toMatchObject({ next: null, left: false })
    expect(await inbox.field('settled')).toBe('3')
    expect(await inbox.pending()).toEqual([])
  })

  it('extends the lease once a third of it is used, and not before', async () => {
    let lease = await inbox.filled(['1', '2', '3', '4'])
    inbox.nowMs += LEASE_MS / 3
    lease = await next(lease)
    expect(await inbox.mailbox()).toMatchObject({ untilMs: START_MS + LEASE_MS })
    expect(await inbox.due()).toBe(START_MS + LEASE_MS)
    inbox.nowMs += 1
    lease = await next(lease)
    expect(await inbox.mailbox()).toMatchObject({ untilMs: inbox.nowMs + LEASE_MS })
    expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
    inbox.nowMs += LEASE_MS * 2
    // Late, but no other worker took it.
    await next(lease)
    expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
  })

  it('frees the mailbox when the worker is about to stop', async () => {
    const lease = await inbox.filled(['1', '2'])
    inbox.nowMs += 10
    expect(await inbox.settle(lease, { takeNext: false })).toMatchObject({
      word: 'settled',
      next: null,
      left: true,
    })
    expect(await inbox.mailbox()).toMatchObject({ owner: '-', untilMs: 0, attempt: 0, head: '2', backlog: 0 })
    expect(await inbox.due()).toBe(inbox.nowMs)
    expect(await inbox.taken()).toMatchObject({ updateId: '2', attempt: 1 })
  })

  it.each([
    ['telegram', 0],
    ['token', 0],
    ['paused', 0],
    ['throttled', START_MS + 500],
  ])('frees the mailbox while a breaker is open: %s', async (breaker, until) => {
    const lease = await inbox.filled(['1', '2'])
    await inbox.setBot({ breaker, breaker_until: until })
    expect(await inbox.settle(lease)).toMatchObject({ next: null, left: true, bot: { breaker } })
    expect(await inbox.mailbox()).toMatchObject({ owner: '-', attempt: 0, head: '2' })
    expect(await inbox.due()).toBe(START_MS)
  })

  it('continues after a throttle has ended', async () => {
    const lease = await inbox.filled(['1', '2'])
    await inbox.setBot({ breaker: 'throttled', breaker_until: START_MS })
    expect(await next(lease)).toMatchObject({ updateId: '2' })
  })

  describe('a lost wake-up', () => {
    it('does not happen: settle() returns an update that was accepted before it', async () => {
      const lease = await inbox.leased('1')
      expect((await inbox.accept('2')).lease).toBeNull()
      expect(await next(lease)).toMatchObject({ updateId: '2' })
    })

    it('does not happen: an update that is accepted after it gets the lease', async () => {
      await inbox.settle(await inbox.leased('1'))
      expect((await inbox.accept('2')).lease).toMatchObject({ updateId: '2', attempt: 1 })
    })

    it('does not happen when both run at the same time', async () => {
      for (let round = 0; round < 10; round++) {
        const [first, second] = [`${round}1`, `${round}2`]
        const lease = await inbox.leased(first)
        const [settled, accepted] = await Promise.all([inbox.settle(lease), inbox.accept(second)])
        const given = [settled.word === 'settled' ? settled.next : null, accepted.lease].filter(
          (each) => each,
        )
        expect(given).toMatchObject([{ updateId: second }])
        await inbox.settle(given[0] as Lease)
      }
    })
  })

  describe('the same call by the same owner and fence', () => {
    it('gets the same next head, is counted once, and holds the lease from now', async () => {
      const lease = await inbox.filled(['1', '2', '3'])
      const first = await inbox.settle(lease)
      inbox.nowMs += LEASE_MS - 1
      const again = await inbox.settle(lease)
      if (first.word !== 'settled') throw new Error('lost')
      expect(again).toEqual({ ...first, next: { ...first.next, nowMs: inbox.nowMs } })
      expect(await inbox.mailbox()).toMatchObject({ untilMs: inbox.nowMs + LEASE_MS, attempt: 1 })
      expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
      expect(await inbox.pending()).toEqual(['2', '3'])
      expect(await inbox.field('settled')).toBe('1')
      expect(await inbox.field('pending')).toBe('2')
    })

    it('gets the same answer for an empty or a freed mailbox', async () => {
      const lease = await inbox.filled(['1', '2'])
      expect(await inbox.settle(lease, { takeNext: false })).toMatchObject({ left: true })
      expect(await inbox.settle(lease, { takeNext: false })).toMatchObject({
        word: 'settled',
        next: null,
        left: true,
      })
      const second = await inbox.taken()
      expect(await inbox.settle(second)).toMatchObject({ next: null, left: false })
      const before = await inbox.dump()
      expect(await inbox.settle(second)).toMatchObject({ word: 'settled', next: null, left: false })
      expect(await inbox.dump()).toEqual(before)
      expect(await inbox.field('settled')).toBe('2')
    })

    it('changes nothing when another worker has taken the mailbox', async () => {
      const lease = await inbox.filled(['1', '2'])
      await inbox.settle(lease)
      inbox.nowMs += LEASE_MS
      const other = await inbox.taken()
      const before = await inbox.dump()
      expect(await inbox.settle(lease)).toMatchObject({ word: 'settled', next: null, left: true })
      expect(await inbox.dump()).toEqual(before)
      expect(await inbox.settle(other)).toMatchObject({ word: 'settled', next: null })
    })

    it('answers `lost` to another owner or fence that names the same head', async () => {
      const lease = await inbox.leased('1')
      await inbox.settle(lease)
      expect(await inbox.settle({ ...lease, owner: 'somebody' })).toEqual({ word: 'lost' })
      expect(await inbox.settle({ ...lease, fence: '1' })).toEqual({ word: 'lost' })
      expect(await inbox.settle({ ...lease, updateId: '2' })).toEqual({ word: 'lost' })
    })

    it('is `lost` after a failure of the same head, also when its owner has a new lease', async () => {
      const lease = await inbox.leased('1', { owner: 'me' })
      await inbox.fail(lease, { delayMs: 0 })
      expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
      const again = await inbox.leased('1', { owner: 'me' })
      expect(Number(again.fence)).toBeGreaterThan(Number(lease.fence))
      const before = await inbox.dump()
      expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
      expect(await inbox.dump()).toEqual(before)
      expect(await inbox.settle(again)).toMatchObject({ word: 'settled' })
    })
  })

  describe('is lost, and changes nothing,', () => {
    it('for another owner', async () => {
      const lease = await inbox.filled(['1', '2'])
      const before = await inbox.dump()
      expect(await inbox.settle({ ...lease, owner: 'somebody' })).toEqual({ word: 'lost' })
      expect(await inbox.dump()).toEqual(before)
    })

    it('for another fence of the same owner', async () => {
      const lease = await inbox.filled(['1', '2'])
      const before = await inbox.dump()
      for (const fence of [
        String(Number(lease.fence) - 1),
        String(Number(lease.fence) + 1),
        `0${lease.fence}`,
      ]) {
        expect(await inbox.settle({ ...lease, fence })).toEqual({ word: 'lost' })
      }
      expect(await inbox.dump()).toEqual(before)
    })

    it('for an update that is not the head', async () => {
      const lease = await inbox.filled(['1', '2'])
      const before = await inbox.dump()
      expect(await inbox.settle({ ...lease, updateId: '2' })).toEqual({ word: 'lost' })
      expect(await inbox.settle({ ...lease, updateId: '-' })).toEqual({ word: 'lost' })
      expect(await inbox.dump()).toEqual(before)
    })

    it('after another worker took the mailbox', async () => {
      const lease = await inbox.filled(['1', '2'])
      inbox.nowMs += LEASE_MS
      const other = await inbox.taken()
      const before = await inbox.dump()
      expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
      expect(await inbox.dump()).toEqual(before)
      expect(await next(other)).toMatchObject({ updateId: '2' })
    })

    it('after the idle mailbox was purged, and for an unknown mailbox', async () => {
      const lease = await inbox.leased('1')
      await inbox.settle(lease)
      inbox.nowMs += HOUR_MS
      await inbox.sweep()
      expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
      expect(await inbox.settle({ ...lease, chatKey: STRANGER })).toEqual({ word: 'lost' })
    })

    it('with an unreadable record', async () => {
      const lease = await inbox.leased('1')
      await inbox.setField(`m:${CHAT}`, 'nonsense')
      expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
      expect(await inbox.head()).toBe(lease.head)
    })
  })

  it('works with an expired lease that no other worker has taken', async () => {
    const lease = await inbox.leased('1')
    inbox.nowMs += LEASE_MS * 5
    expect(await inbox.settle(lease)).toMatchObject({ word: 'settled' })
  })

  describe('the error counter', () => {
    it('goes back to zero in every shard at the first success', async () => {
      const lease = await inbox.leased('1')
      await inbox.setBot({ errors: 4 })
      expect(await inbox.settle(lease, { errors: 4 })).toMatchObject({
        bot: { errors: 0 },
        clearedErrors: true,
      })
      expect(await inbox.botField('errors')).toEqual(Array<string>(8).fill('0'))
    })

    it('goes back also when the worker did not know it', async () => {
      const lease = await inbox.leased('1')
      await inbox.setBot({ errors: 4 })
      expect(await inbox.settle(lease, { errors: 0 })).toMatchObject({ word: 'settled', clearedErrors: true })
      expect(await inbox.botField('errors')).toEqual(Array<string>(8).fill('0'))
      expect(await inbox.field('settled')).toBe('1')
    })

    it('is not cleared by a call under a lost lease', async () => {
      const lease = await inbox.leased('1')
      await inbox.setBot({ errors: 4 })
      expect(await inbox.settle({ ...lease, owner: 'x' }, { errors: 4 })).toEqual({ word: 'lost' })
      expect(await inbox.botField('errors')).toEqual(Array<string>(8).fill('4'))
    })

    it('is not written while it is zero', async () => {
      await inbox.settle(await inbox.leased('1'))
      expect(await inbox.botField('errors')).toEqual(Array<null>(8).fill(null))
    })
  })

  it('makes an unreadable envelope the head, under a new id', async () => {
    const lease = await inbox.leased('1')
    for (const text of ['nonsense', 'other nonsense']) {
      await inbox.accept(text === 'nonsense' ? '2' : '3')
      await inbox.raw('LSET', inbox.keys.backlog(CHAT), '-1', text)
    }
    const second = await next(lease)
    expect(second).toMatchObject({ head: 'nonsense', attempt: 1 })
    expect(second.updateId).toMatch(/^unknown-[0-9a-f]{40}$/)
    const third = await next(second)
    expect(third.head).toBe('other nonsense')
    expect(third.updateId).toMatch(/^unknown-[0-9a-f]{40}$/)
    expect(third.updateId).not.toBe(second.updateId)
    expect(await inbox.settle(third)).toMatchObject({ left: false })
  })

  it('makes an envelope of another version the head under its own id', async () => {
    const lease = await inbox.filled(['1', '2'])
    await inbox.raw('LSET', inbox.keys.backlog(CHAT), '0', `2 77 ${START_MS - 5} something\nelse`)
    expect(await next(lease)).toMatchObject({ updateId: '77', head: `2 77 ${START_MS - 5} something\nelse` })
    expect(await inbox.mailbox()).toMatchObject({ sinceMs: START_MS - 5 })
  })

  it('finds the mailbox empty when the backlog was deleted', async () => {
    const lease = await inbox.filled(['1', '2', '3'])
    await inbox.raw('DEL', inbox.keys.backlog(CHAT))
    expect(await inbox.settle(lease)).toMatchObject({ word: 'settled', next: null, left: false })
    expect(await inbox.mailbox()).toMatchObject({ owner: '-', head: '-', backlog: 0 })
    expect(await inbox.due()).toBe(-START_MS)
    expect((await inbox.accept('4')).lease).toMatchObject({ updateId: '4' })
  })

  it('settles with unreadable counters and a backlog of another type', async () => {
    const lease = await inbox.filled(['1', '2'])
    for (const name of ['pending', 'settled', 'errors', 'breaker_until']) await inbox.setField(name, 'x')
    await inbox.raw('DEL', inbox.keys.backlog(CHAT))
    await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
    expect(await inbox.settle(lease)).toMatchObject({ word: 'settled', next: null, left: false })
    expect(await inbox.field('settled')).toBe('1')
    expect(await inbox.field('pending')).toBe('0')
    expect(await inbox.due()).toBe(-START_MS)
    expect(await inbox.raw('EXISTS', inbox.keys.backlog(CHAT))).toBe(0)
  })

  it('settles nothing and loses nothing when the index is of another type', async () => {
    const lease = await inbox.filled(['1', '2'])
    await inbox.raw('DEL', inbox.dueKey())
    await inbox.raw('SET', inbox.dueKey(), 'x')
    inbox.nowMs += LEASE_MS / 2
    for (const takeNext of [true, false]) {
      await expect(inbox.settle(lease, { takeNext })).rejects.toMatchObject({ code: 'wrong_type' })
    }
    expect(await inbox.pending()).toEqual(['1', '2'])
    await inbox.raw('DEL', inbox.dueKey())
    expect(await next(lease)).toMatchObject({ updateId: '2' })
  })
})
