import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAT, HOUR_MS, LEASE_MS, openInbox, START_MS, STRANGERS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [STRANGER = ''] = STRANGERS

describeEngines('take', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  it('leases an expired mailbox and counts the attempt', async () => {
    const lost = await inbox.filled(['1', '2'])
    await inbox.setBot({ info: '{"id":1}', epoch: 3, status: 'OK', errors: 2 })
    inbox.nowMs += LEASE_MS
    expect(await inbox.take(CHAT, 'me')).toEqual({
      word: 'leased',
      lease: { ...lost, owner: 'me', fence: String(inbox.nowMs), attempt: 2, nowMs: inbox.nowMs },
      bot: { info: '{"id":1}', epoch: 3, status: 'OK', breaker: '', breakerUntilMs: 0, errors: 2 },
    })
    expect(await inbox.mailbox()).toMatchObject({ owner: 'me', untilMs: inbox.nowMs + LEASE_MS, attempt: 2 })
    expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
    expect(await inbox.pending()).toEqual(['1', '2'])
  })

  it('counts every take of a head that kills its workers, and starts again with the next head', async () => {
    await inbox.filled(['1', '2'])
    for (let attempt = 2; attempt <= 9; attempt++) {
      inbox.nowMs += LEASE_MS
      expect(await inbox.taken()).toMatchObject({ updateId: '1', attempt })
    }
    inbox.nowMs += LEASE_MS
    expect(await inbox.settle(await inbox.taken())).toMatchObject({ next: { updateId: '2', attempt: 1 } })
  })

  it('gives a higher fence each time, also within one millisecond', async () => {
    const fences = [Number((await inbox.leased('1')).fence)]
    for (let i = 0; i < 5; i++) {
      await inbox.raw('HSET', ...(await expiredNow()))
      fences.push(Number((await inbox.taken()).fence))
    }
    expect(fences).toEqual([0, 1, 2, 3, 4, 5].map((step) => START_MS + step))
  })

  /** The record with its lease ended now. */
  async function expiredNow(): Promise<[string, string, string]> {
    const box = await inbox.mailbox()
    if (!box) throw new Error('no mailbox')
    const { fence, owner, attempt, waitMs, backlog, sinceMs, head, done } = box
    const record = [fence, owner, inbox.nowMs, attempt, waitMs, backlog, sinceMs, head, done].join(' ')
    return [inbox.shardKey(CHAT), `m:${CHAT}`, record]
  }

  describe('the same call by the same owner', () => {
    it('gets the same lease, counted once and held from now', async () => {
      await inbox.leased('1')
      inbox.nowMs += LEASE_MS
      const lease = await inbox.taken(CHAT, 'me')
      inbox.nowMs += 1000
      expect(await inbox.taken(CHAT, 'me')).toEqual({ ...lease, nowMs: inbox.nowMs })
      expect(await inbox.mailbox()).toMatchObject({ attempt: 2, untilMs: inbox.nowMs + LEASE_MS })
      expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
    })

    it('gets it also when a breaker has opened meanwhile, and after the lease has expired', async () => {
      await inbox.leased('1')
      inbox.nowMs += LEASE_MS
      const lease = await inbox.taken(CHAT, 'me')
      await inbox.setBot({ breaker: 'telegram', breaker_until: inbox.nowMs })
      inbox.nowMs += LEASE_MS * 2
      expect(await inbox.take(CHAT, 'me')).toMatchObject({
        lease: { ...lease, nowMs: inbox.nowMs },
        bot: { breaker: 'telegram', breakerUntilMs: START_MS + LEASE_MS },
      })
    })

    it('gets no lease that another worker has taken', async () => {
      await inbox.leased('1')
      inbox.nowMs += LEASE_MS
      await inbox.taken(CHAT, 'me')
      inbox.nowMs += LEASE_MS
      const other = await inbox.taken()
      expect(await inbox.take(CHAT, 'me')).toMatchObject({ word: 'busy', waitMs: LEASE_MS })
      expect(await inbox.mailbox()).toMatchObject({ owner: other.owner, attempt: 3 })
    })
  })

  it('busy: returns the rest of the lease, and changes nothing', async () => {
    await inbox.leased('1')
    inbox.nowMs += LEASE_MS - 1
    const bot = { info: '{"id":1}', epoch: 3, status: 'OK', breaker: '', errors: 2 }
    await inbox.setBot({ ...bot, breaker_until: 7 })
    const before = await inbox.dump()
    expect(await inbox.take()).toEqual({ word: 'busy', waitMs: 1, bot: { ...bot, breakerUntilMs: 7 } })
    expect(await inbox.dump()).toEqual(before)
    inbox.nowMs += 1
    expect(await inbox.take()).toMatchObject({ word: 'leased' })
  })

  it('is not blocked by a lease after the clock was set back', async () => {
    await inbox.leased('1')
    inbox.nowMs -= 3 * LEASE_MS
    expect(await inbox.take()).toMatchObject({ word: 'busy', waitMs: 4 * LEASE_MS })
    inbox.nowMs -= 1
    expect(await inbox.take()).toMatchObject({ word: 'leased', lease: { attempt: 2 } })
  })

  it('waiting: returns the wait, and writes it to the index', async () => {
    await inbox.fail(await inbox.leased('1'), { delayMs: 5000 })
    await inbox.raw('ZADD', inbox.dueKey(CHAT), String(START_MS), CHAT)
    inbox.nowMs += 4999
    expect(await inbox.take()).toMatchObject({ word: 'waiting', waitMs: 1 })
    expect(await inbox.due()).toBe(START_MS + 5000)
    expect(await inbox.mailbox()).toMatchObject({ owner: '-', attempt: 1 })
    inbox.nowMs += 1
    expect(await inbox.take()).toMatchObject({ word: 'leased', lease: { attempt: 2 } })
  })

  it('does not wait after the clock was set back', async () => {
    await inbox.fail(await inbox.leased('1'), { delayMs: 5000 })
    expect(await inbox.take()).toMatchObject({ word: 'waiting', waitMs: 5000 })
    inbox.nowMs -= 1
    expect(await inbox.taken()).toMatchObject({ attempt: 2 })
    await inbox.fail(await inbox.leased('2', { chat: STRANGER }), { delayMs: 5000 })
    inbox.nowMs -= HOUR_MS
    const { lease } = await inbox.accept('3', { chat: STRANGER })
    expect(lease).toMatchObject({ updateId: '2', attempt: 2 })
    // Nor does the next worker after one that took it and was killed.
    inbox.nowMs += LEASE_MS
    expect(await inbox.taken(STRANGER)).toMatchObject({ updateId: '2', attempt: 3 })
  })

  it('idle: an empty mailbox and an unknown one become idle in the index', async () => {
    await inbox.settle(await inbox.leased('1'))
    await inbox.raw('ZADD', inbox.dueKey(CHAT), '1', CHAT)
    expect(await inbox.take()).toMatchObject({ word: 'idle', waitMs: 0 })
    expect(await inbox.due()).toBe(-START_MS)
    await inbox.raw('ZADD', inbox.dueKey(STRANGER), '1', STRANGER)
    expect(await inbox.take(STRANGER)).toMatchObject({ word: 'idle' })
    expect(await inbox.due(STRANGER)).toBe(-START_MS)
    expect(await inbox.mailbox(STRANGER)).toBeNull()
  })

  describe('open', () => {
    it.each(['telegram', 'token', 'paused'])('%s: gives no lease at any time', async (breaker) => {
      await inbox.leased('1')
      inbox.nowMs += LEASE_MS
      await inbox.setBot({ breaker, breaker_until: START_MS - 1 })
      const before = await inbox.dump()
      expect(await inbox.take()).toMatchObject({ word: 'open', waitMs: 0, bot: { breaker } })
      expect(await inbox.dump()).toEqual(before)
      await inbox.setBot({ breaker_until: inbox.nowMs + 300 })
      expect(await inbox.take()).toMatchObject({ word: 'open', waitMs: 300 })
      await inbox.setBot({ breaker: '' })
      expect(await inbox.take()).toMatchObject({ word: 'leased', lease: { attempt: 2 } })
    })

    it('throttled: until its own end', async () => {
      await inbox.setBot({ breaker: 'throttled', breaker_until: START_MS + 700 })
      await inbox.accept('1')
      inbox.nowMs += 699
      expect(await inbox.take()).toMatchObject({ word: 'open', waitMs: 1 })
      inbox.nowMs += 1
      expect(await inbox.take()).toMatchObject({ word: 'leased', lease: { attempt: 1 } })
    })

    it('throttled for too long: the clock was set back, and the breaker is not open', async () => {
      await inbox.setBot({ breaker: 'throttled', breaker_until: START_MS + 60_000 })
      await inbox.accept('1')
      expect(await inbox.take()).toMatchObject({ word: 'open', waitMs: 60_000 })
      inbox.nowMs -= 1
      expect(await inbox.take()).toMatchObject({ word: 'leased' })
    })

    it('throttled until no number: not open', async () => {
      await inbox.setBot({ breaker: 'throttled', breaker_until: 'soon' })
      expect(await inbox.leased('1')).toMatchObject({ updateId: '1' })
    })
  })

  it('returns an envelope of an unknown version unchanged', async () => {
    const lease = await inbox.filled(['1'])
    await inbox.setField(`h:${CHAT}`, '2 something else')
    inbox.nowMs += LEASE_MS
    expect(await inbox.taken()).toMatchObject({
      updateId: lease.updateId,
      head: '2 something else',
      attempt: 2,
    })
  })

  it('gives one lease to many callers at the same time', async () => {
    await inbox.leased('1')
    inbox.nowMs += HOUR_MS
    const all = await Promise.all(Array.from({ length: 12 }, () => inbox.take()))
    expect(all.filter(({ word }) => word === 'leased')).toHaveLength(1)
    expect(all.filter(({ word }) => word === 'busy')).toHaveLength(11)
    expect(await inbox.mailbox()).toMatchObject({ attempt: 2 })
  })

  it('works after the store’s script cache was flushed', async () => {
    await inbox.leased('1')
    await inbox.raw('SCRIPT', 'FLUSH')
    inbox.nowMs += LEASE_MS
    expect(await inbox.taken()).toMatchObject({ attempt: 2 })
  })
})
