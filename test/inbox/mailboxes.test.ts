import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findMailbox, listMailboxes, releaseMailbox } from '../../lib/inbox/mailboxes.ts'
import { replay } from '../../lib/inbox/dead-letters.ts'
import { shardOf } from '../../lib/redis.ts'
import {
  CHAT,
  LEASE_MS,
  losingAnswers,
  NEIGHBOURS,
  openInbox,
  openOwnInbox,
  START_MS,
  STRANGERS,
  type Inbox,
} from '../support/inbox.ts'
import { describeEngines, engines } from '../support/store.ts'

const [NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = '', OTHER = ''] = STRANGERS

describeEngines('mailboxes', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  const list = async (limit = 50) => listMailboxes(inbox.store, limit)
  const statesOf = async () =>
    Object.fromEntries((await list()).mailboxes.map(({ chatKey, state }) => [chatKey, state]))

  describe('the list', () => {
    it('is empty for an empty inbox, and for idle mailboxes', async () => {
      expect(await list()).toEqual({ nowMs: START_MS, total: 0, mailboxes: [] })
      await inbox.settle(await inbox.leased('1'))
      expect(await list()).toMatchObject({ total: 0, mailboxes: [] })
    })

    it('leaves out empty mailboxes that the index still has, as after a lost write', async () => {
      await inbox.settle(await inbox.leased('1'))
      await inbox.raw('ZADD', inbox.dueKey(), '1', CHAT)
      expect((await list()).mailboxes).toEqual([])
    })

    it('has all fields of each mailbox', async () => {
      const lease = await inbox.filled(['1', '2', '3'])
      inbox.nowMs += 1000
      expect(await list()).toEqual({
        nowMs: START_MS + 1000,
        total: 1,
        mailboxes: [
          {
            chatKey: CHAT,
            state: 'leased',
            leaseOwner: lease.owner,
            leaseUntilMs: START_MS + LEASE_MS,
            sinceMs: START_MS,
            attempts: 1,
            nextRetryAtMs: null,
            pending: 3,
          },
        ],
      })
    })

    it('has the four states, over all shards, oldest first', async () => {
      await inbox.leased('1', { chat: STRANGER })
      inbox.nowMs += LEASE_MS + 1000
      await inbox.leased('2', { chat: CHAT })
      inbox.nowMs += 1
      await inbox.fail(await inbox.leased('3', { chat: NEIGHBOUR }), { action: 'retry', delayMs: 60_000 })
      inbox.nowMs += 1
      await inbox.fail(await inbox.leased('4', { chat: OTHER }), { action: 'retry', delayMs: 0 })
      const { mailboxes, total } = await list()
      expect(total).toBe(4)
      expect(mailboxes.map(({ chatKey, state }) => [chatKey, state])).toEqual([
        [STRANGER, 'expired'],
        [CHAT, 'leased'],
        [NEIGHBOUR, 'waiting'],
        [OTHER, 'due'],
      ])
      expect(mailboxes[2]).toMatchObject({
        leaseOwner: null,
        leaseUntilMs: null,
        attempts: 1,
        nextRetryAtMs: START_MS + LEASE_MS + 1001 + 60_000,
      })
    })

    it('has the oldest of many, overdue or waiting', async () => {
      const chats = NEIGHBOURS.slice(0, 30)
      for (const [index, chat] of chats.entries()) {
        const lease = await inbox.leased(String(100 + index), { chat })
        if (index < 5) await inbox.fail(lease, { action: 'retry', delayMs: 3600_000 })
        inbox.nowMs += 10
      }
      const { total, mailboxes } = await list(10)
      expect(total).toBe(30)
      expect(mailboxes.map(({ chatKey }) => chatKey)).toEqual(chats.slice(0, 10))
    })

    it('has each once when it is both among the longest overdue and the longest waiting', async () => {
      const chats = NEIGHBOURS.slice(0, 15)
      for (const [index, chat] of chats.entries()) {
        await inbox.leased(String(100 + index), { chat })
        inbox.nowMs += 10
      }
      const { total, mailboxes } = await list(10)
      expect(total).toBe(15)
      expect(mailboxes.map(({ chatKey }) => chatKey)).toEqual(chats.slice(0, 10))
    })

    it('orders mailboxes of one millisecond by chat, and reads few of thousands', async () => {
      const chats = STRANGERS.slice(0, 12).toSorted()
      for (const chat of chats.toReversed()) await inbox.leased(chat, { chat })
      const many = Array.from({ length: 9000 }, (_, i) => [String(START_MS + i), `x${i}`])
      await inbox.raw('ZADD', inbox.dueKey(chats[0]), ...many.flat())
      expect((await list(20)).mailboxes.map(({ chatKey }) => chatKey)).toEqual(chats)
    })

    it('leaves out an unreadable record', async () => {
      await inbox.leased('1')
      await inbox.leased('2', { chat: STRANGER })
      await inbox.setField(`m:${CHAT}`, 'nonsense')
      expect((await list()).mailboxes.map(({ chatKey }) => chatKey)).toEqual([STRANGER])
    })

    it('has the other shards when one index is of another type', async () => {
      await inbox.leased('1')
      await inbox.leased('2', { chat: STRANGER })
      await inbox.raw('DEL', inbox.dueKey(CHAT))
      await inbox.raw('SET', inbox.dueKey(CHAT), 'x')
      expect((await list()).mailboxes.map(({ chatKey }) => chatKey)).toEqual([STRANGER])
      expect(await findMailbox(inbox.store, (chat) => chat === STRANGER)).toBe(STRANGER)
      expect(await findMailbox(inbox.store, (chat) => chat === CHAT)).toBeNull()
    })

    it('changes nothing', async () => {
      await inbox.filled(['1', '2'])
      const before = await inbox.dump()
      await list()
      await findMailbox(inbox.store, () => false)
      expect(await inbox.dump()).toEqual(before)
    })
  })

  describe('finding', () => {
    it('searches all shards, page by page', async () => {
      await inbox.leased('1', { chat: STRANGER })
      // More than a page in a shard.
      const index = inbox.dueKey(CHAT)
      const many = Array.from({ length: 1200 }, (_, i) => [String(START_MS + i), `x${i}`])
      await inbox.raw('ZADD', index, ...many.flat())
      expect(await findMailbox(inbox.store, (chat) => chat === STRANGER)).toBe(STRANGER)
      expect(await findMailbox(inbox.store, (chat) => chat === 'x1199')).toBe('x1199')
      let seen = 0
      expect(await findMailbox(inbox.store, () => ++seen < 0)).toBeNull()
      expect(seen).toBe(1201)
    })

    it('finds no mailbox that is empty', async () => {
      await inbox.settle(await inbox.leased('1'))
      expect(await findMailbox(inbox.store, (chat) => chat === CHAT)).toBeNull()
    })
  })

  describe('releasing', () => {
    const release = (chat = CHAT) => releaseMailbox(inbox.store, chat)

    it('frees a lease: due at once, same attempts, higher fence', async () => {
      const lease = await inbox.filled(['1', '2'])
      inbox.nowMs += 1000
      expect(await release()).toBe('released')
      expect(await inbox.mailbox()).toMatchObject({
        owner: '-',
        untilMs: 0,
        attempt: 1,
        head: '1',
        backlog: 1,
      })
      expect(await inbox.due()).toBe(inbox.nowMs)
      expect(await inbox.sweep()).toEqual([CHAT])
      const next = await inbox.taken()
      expect(next).toMatchObject({ attempt: 2, updateId: '1' })
      expect(Number(next.fence)).toBeGreaterThan(Number(lease.fence))
    })

    it('makes the next write of the old owner `lost`', async () => {
      const lease = await inbox.filled(['1', '2'])
      await release()
      for (const isTaken of [false, true]) {
        if (isTaken) await inbox.taken()
        const before = await inbox.dump()
        expect(await inbox.settle(lease)).toEqual({ word: 'lost' })
        expect(await inbox.fail(lease, { action: 'dead' })).toEqual({ word: 'lost' })
        expect(await inbox.renew(lease)).toBe('lost')
        expect(await inbox.dump()).toEqual(before)
      }
    })

    it('ends the wait for a retry', async () => {
      await inbox.fail(await inbox.filled(['1', '2']), { action: 'retry', delayMs: 60_000 })
      expect((await inbox.take()).word).toBe('waiting')
      expect(await release()).toBe('released')
      expect(await statesOf()).toEqual({ [CHAT]: 'due' })
      expect(await inbox.drain()).toEqual(['1', '2'])
    })

    it('frees an expired lease', async () => {
      await inbox.leased('1')
      inbox.nowMs += 2 * LEASE_MS
      expect(await release()).toBe('released')
      expect(await inbox.taken()).toMatchObject({ attempt: 2 })
    })

    it('frees a lease from a clock in the future', async () => {
      inbox.nowMs += 10 * LEASE_MS
      await inbox.leased('1')
      inbox.nowMs -= 9 * LEASE_MS
      expect(await release()).toBe('released')
      expect(await inbox.taken()).toMatchObject({ updateId: '1' })
    })

    it('changes no other mailbox, and counts nothing', async () => {
      await inbox.filled(['1', '2'])
      await inbox.filled(['3', '4'], { chat: NEIGHBOUR })
      const before = await inbox.mailbox(NEIGHBOUR)
      await release()
      expect(await inbox.mailbox(NEIGHBOUR)).toEqual(before)
      expect([await inbox.total('pending'), await inbox.total('settled')]).toEqual([4, 0])
    })

    it('answers `gone` for an empty or unknown mailbox', async () => {
      expect(await release()).toBe('gone')
      await inbox.settle(await inbox.leased('1'))
      const before = await inbox.dump()
      expect(await release()).toBe('gone')
      expect(await inbox.dump()).toEqual(before)
    })

    it('is idempotent, also after its answer was lost', async () => {
      await inbox.leased('1')
      expect(await releaseMailbox(losingAnswers(inbox.store), CHAT)).toBe('released')
      expect(await inbox.pending()).toEqual(['1'])
    })

    it('frees the next owner’s lease too when it is called again, and the order stays', async () => {
      await inbox.filled(['1', '2', '3'])
      await release()
      const second = await inbox.taken()
      await release()
      expect(await inbox.settle(second)).toEqual({ word: 'lost' })
      expect(await inbox.drain()).toEqual(['1', '2', '3'])
    })

    it('rebuilds an unreadable record', async () => {
      await inbox.filled(['1', '2'])
      await inbox.setField(`m:${CHAT}`, 'nonsense')
      expect(await release()).toBe('released')
      expect(await inbox.drain()).toEqual(['1', '2'])
    })

    it('takes effect after a pause', async () => {
      await inbox.leased('1')
      await inbox.setBot({ breaker: 'paused' })
      expect(await release()).toBe('released')
      expect((await inbox.take()).word).toBe('open')
      await inbox.setBot({ breaker: '' })
      expect((await inbox.take()).word).toBe('leased')
    })

    it('does not bring back an update that became a dead letter meanwhile', async () => {
      await inbox.dies(await inbox.leased('1'))
      expect(await release()).toBe('gone')
      await replay(inbox.store, { updateId: '1', chatKey: CHAT })
      expect(await release()).toBe('released')
      expect(shardOf(CHAT)).toBe(shardOf(NEIGHBOUR))
    })
  })
})

describe.skipIf(!engines.includes('native'))('in a full store [native]', () => {
  let inbox: Inbox
  afterAll(() => inbox.cleanup())
  it('a mailbox is released', async () => {
    inbox = (await openOwnInbox()).inbox
    await inbox.filled(['1', '2'])
    await inbox.raw('CONFIG', 'SET', 'maxmemory', '1')
    expect(await releaseMailbox(inbox.store, CHAT)).toBe('released')
    await inbox.raw('CONFIG', 'SET', 'maxmemory', '0')
  })
})
