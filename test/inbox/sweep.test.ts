import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IDLE_MS } from '../../lib/inbox/lua.ts'
import { shardOf } from '../../lib/redis.ts'
import {
  CHAT,
  HOUR_MS,
  LEASE_MS,
  NEIGHBOURS,
  ONE_CHAT_A_SHARD,
  openInbox,
  START_MS,
  STRANGERS,
  type Inbox,
} from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = ''] = STRANGERS

describeEngines('findDue', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  describe('finds', () => {
    it('a mailbox in the millisecond in which its lease expires', async () => {
      await inbox.leased('1')
      inbox.nowMs += LEASE_MS - 1
      expect(await inbox.sweep()).toEqual([])
      inbox.nowMs += 1
      expect(await inbox.sweep()).toEqual([CHAT])
    })

    it('a head whose retry is due', async () => {
      await inbox.fail(await inbox.leased('1'), { delayMs: 5000 })
      inbox.nowMs += 4999
      expect(await inbox.sweep()).toEqual([])
      inbox.nowMs += 1
      expect(await inbox.sweep()).toEqual([CHAT])
    })

    it('mailboxes that were filled or freed while a breaker was open', async () => {
      const held = await inbox.filled(['1', '2'])
      const failing = await inbox.leased('3', { chat: NEIGHBOUR })
      await inbox.setBot({ breaker: 'telegram' })
      await inbox.accept('4', { chat: STRANGER })
      await inbox.fail(failing, { outage: true, delayMs: HOUR_MS })
      await inbox.settle(held)
      expect((await inbox.sweep())?.toSorted()).toEqual([CHAT, NEIGHBOUR, STRANGER].toSorted())
    })

    it('a mailbox whose worker was killed before its first call, without new updates', async () => {
      await inbox.leased('1')
      inbox.nowMs += 20 * HOUR_MS
      expect(await inbox.sweep()).toEqual([CHAT])
      expect(await inbox.taken()).toMatchObject({ updateId: '1', attempt: 2 })
      expect(await inbox.sweep()).toEqual([])
    })

    it('no mailbox that is empty or leased', async () => {
      await inbox.settle(await inbox.leased('1'))
      await inbox.dies(await inbox.leased('2', { chat: NEIGHBOUR }))
      await inbox.leased('3', { chat: STRANGER })
      expect(await inbox.sweep()).toEqual([])
    })

    it('the same mailbox again until a worker takes it, because a sweeping worker may be killed', async () => {
      await inbox.leased('1')
      inbox.nowMs += LEASE_MS
      expect(await inbox.sweep()).toEqual([CHAT])
      expect(await inbox.sweep()).toEqual([CHAT])
      await inbox.taken()
      expect(await inbox.sweep()).toEqual([])
    })
  })

  it('runs once an interval over all instances', async () => {
    await inbox.leased('1')
    inbox.nowMs += LEASE_MS
    const all = await Promise.all(Array.from({ length: 6 }, () => inbox.sweep({ intervalMs: 10_000 })))
    expect(all.filter((each) => each !== null)).toEqual([[CHAT]])
    inbox.nowMs += 9999
    expect(await inbox.sweep({ intervalMs: 10_000 })).toBeNull()
    inbox.nowMs += 1
    expect(await inbox.sweep({ intervalMs: 10_000 })).toEqual([CHAT])
    expect(await inbox.botField('swept_at')).toEqual(Array<string>(8).fill(String(inbox.nowMs)))
    // With the interval 0 it always runs, and the interval starts again.
    inbox.nowMs += 5000
    expect(await inbox.sweep({ intervalMs: 0 })).toEqual([CHAT])
    inbox.nowMs += 5000
    expect(await inbox.sweep({ intervalMs: 10_000 })).toBeNull()
  })

  it('runs when the time of the last sweep is unreadable', async () => {
    await inbox.leased('1')
    inbox.nowMs += LEASE_MS
    await inbox.setBot({ swept_at: 'x' })
    expect(await inbox.sweep({ intervalMs: 10_000 })).toEqual([CHAT])
  })

  describe('with more mailboxes than its limit', () => {
    it('returns mailboxes of all shards in turn, the longest overdue first in each', async () => {
      // A mailbox a shard, and twenty more in the first one that are longer overdue.
      const crowd = NEIGHBOURS.concat(STRANGERS)
        .filter((chat) => shardOf(chat) === 0)
        .slice(5, 25)
      for (const [index, chat] of crowd.entries()) {
        await inbox.leased(`1${index}`, { chat })
        inbox.nowMs += 1
      }
      for (const chat of ONE_CHAT_A_SHARD) await inbox.leased(`2${chat}`, { chat })
      inbox.nowMs += LEASE_MS
      const found = (await inbox.sweep({ limit: 10 })) ?? []
      expect(found).toHaveLength(10)
      expect(found.filter((chat) => crowd.includes(chat))).toEqual(crowd.slice(0, 3))
      expect(found.filter((chat) => ONE_CHAT_A_SHARD.includes(chat))).toHaveLength(7)
    })

    it('returns every mailbox in the end: taken ones make room for the rest', async () => {
      const chats = [...NEIGHBOURS.slice(0, 30), ...STRANGERS.slice(0, 10)]
      for (const chat of chats) await inbox.leased(`1${chat}`, { chat })
      inbox.nowMs += LEASE_MS
      const seen: string[] = []
      for (let round = 0; round < 20; round++) {
        const found = await inbox.sweep({ limit: 7 })
        expect(found?.length).toBeLessThanOrEqual(7)
        for (const chat of found ?? []) {
          seen.push(chat)
          await inbox.taken(chat)
        }
      }
      expect(seen.toSorted()).toEqual(chats.toSorted())
    })
  })

  describe('purges', () => {
    const known = async (chat = CHAT) => [
      await inbox.mailbox(chat),
      await inbox.head(chat),
      await inbox.due(chat),
    ]

    it('a mailbox that has been empty longer than any repeated call can be late', async () => {
      const lease = await inbox.leased('1')
      await inbox.settle(lease)
      inbox.nowMs += IDLE_MS
      await inbox.sweep()
      expect(await inbox.settle(lease)).toMatchObject({ word: 'settled' })
      expect(await inbox.due()).toBe(-START_MS)
      inbox.nowMs += 1
      expect(await inbox.sweep()).toEqual([])
      expect(await known()).toEqual([null, null, null])
    })

    it('no mailbox that has updates', async () => {
      await inbox.settle(await inbox.leased('1'))
      await inbox.leased('2')
      await inbox.fail(await inbox.leased('3', { chat: NEIGHBOUR }), { delayMs: 10 * HOUR_MS })
      inbox.nowMs += IDLE_MS + HOUR_MS
      expect(await inbox.sweep()).toEqual([CHAT])
      expect(await inbox.pending()).toEqual(['2'])
      expect(await inbox.pending(NEIGHBOUR)).toEqual(['3'])
      expect(await inbox.due(NEIGHBOUR)).toBe(START_MS + 10 * HOUR_MS)
    })

    it('in all shards, at most 200 a shard, and later fences are still higher', async () => {
      const chats = NEIGHBOURS.slice(0, 3).concat(STRANGERS.slice(0, 3))
      for (const chat of chats) await inbox.settle(await inbox.leased(`1${chat}`, { chat }))
      inbox.nowMs += IDLE_MS + 1
      await inbox.sweep()
      for (const chat of chats) {
        expect(await known(chat)).toEqual([null, null, null])
        expect(Number((await inbox.leased(`2${chat}`, { chat })).fence)).toBeGreaterThan(START_MS)
      }
    })

    it('200 of thousands in one shard, and still returns due mailboxes', async () => {
      await inbox.leased('1')
      await inbox.raw('ZADD', inbox.dueKey(), ...scores(5000, (i) => -START_MS + i))
      inbox.nowMs += IDLE_MS + 5001
      expect(await inbox.sweep()).toEqual([CHAT])
      expect(await inbox.word('ZCARD', inbox.dueKey())).toBe('4801')
    })

    it('none in a shard of another type, and still returns those of other shards', async () => {
      const chat = STRANGERS.find((each) => shardOf(each) !== 0) ?? ''
      await inbox.settle(await inbox.leased('1', { chat }))
      await inbox.leased('2')
      inbox.nowMs += IDLE_MS + 1
      await inbox.raw('DEL', inbox.shardKey(chat))
      await inbox.raw('SET', inbox.shardKey(chat), 'x')
      expect(await inbox.sweep()).toEqual([CHAT])
    })

    it('no mailbox that was emptied before the clock was set back', async () => {
      const lease = await inbox.leased('1')
      await inbox.settle(lease)
      inbox.nowMs -= HOUR_MS
      await inbox.sweep()
      expect(await inbox.settle(lease)).toMatchObject({ word: 'settled' })
    })
  })

  describe('after the clock was set back', () => {
    it('returns mailboxes that were due in the future, once: old leases and waits are over', async () => {
      await inbox.sweep()
      await inbox.leased('1')
      await inbox.fail(await inbox.leased('2', { chat: NEIGHBOUR }), { delayMs: 5000 })
      await inbox.settle(await inbox.leased('3', { chat: STRANGER }))
      inbox.nowMs -= HOUR_MS
      expect((await inbox.sweep({ intervalMs: 10_000 }))?.toSorted()).toEqual([CHAT, NEIGHBOUR].toSorted())
      expect(await inbox.take()).toMatchObject({ word: 'leased', lease: { attempt: 2 } })
      expect(await inbox.take(NEIGHBOUR)).toMatchObject({ word: 'leased', lease: { attempt: 2 } })
      expect(await inbox.due(STRANGER)).toBe(-START_MS)
      // From here on the interval counts again.
      expect(await inbox.sweep({ intervalMs: 10_000 })).toBeNull()
      inbox.nowMs += 10_000
      expect(await inbox.sweep({ intervalMs: 10_000 })).toEqual([])
    })

    it('makes at most a thousand mailboxes a shard due, so that the sweep ends soon', async () => {
      await inbox.sweep()
      await inbox.raw('ZADD', inbox.dueKey(), ...scores(1200, (i) => START_MS + i))
      inbox.nowMs -= HOUR_MS
      await inbox.sweep()
      expect(await inbox.word('ZCOUNT', inbox.dueKey(), '0', String(inbox.nowMs))).toBe('1000')
    })

    it('does not change leases when the clock only advanced', async () => {
      await inbox.sweep()
      inbox.nowMs += 1
      await inbox.leased('1')
      expect(await inbox.sweep()).toEqual([])
      expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
    })
  })
})

/** Names for an index, with their scores, as ZADD takes them. */
const scores = (count: number, scoreOf: (index: number) => number): string[] =>
  Array.from({ length: count }, (_, i) => [String(scoreOf(i)), `x${i}`]).flat()

describeEngines('thousands of mailboxes', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine, { wire: 'resp' })
  })
  afterEach(() => inbox.cleanup())

  it('are all found and drained in order by capped sweeps after every worker was killed', async () => {
    const count = engine === 'native' ? 2500 : 300
    const chats = Array.from({ length: count }, (_, index) => String(50_000 + index))
    await inParallel(chats, async (chat) => {
      await inbox.leased(`${chat}1`, { chat })
      await inbox.accept(`${chat}2`, { chat })
    })
    expect(await inbox.total('pending')).toBe(2 * count)
    inbox.nowMs += LEASE_MS
    const drained = new Map<string, string[]>()
    for (let sweeps = 0; ; sweeps++) {
      expect(sweeps).toBeLessThanOrEqual(Math.ceil(count / 128) + 1)
      const found = (await inbox.sweep({ limit: 128 })) ?? []
      if (found.length === 0) break
      expect(new Set(found).size).toBe(found.length)
      await inParallel(found, async (chat) => {
        expect(drained.has(chat)).toBe(false)
        drained.set(chat, await inbox.drain(chat))
      })
    }
    expect(drained.size).toBe(count)
    for (const chat of chats) expect(drained.get(chat)).toEqual([`${chat}1`, `${chat}2`])
    expect(await inbox.total('pending')).toBe(0)
    expect(await inbox.total('settled')).toBe(2 * count)

    // A sweep purges 200 idle mailboxes a shard.
    inbox.nowMs += IDLE_MS + 1
    for (let left = count; left > 0; left -= 200) await inbox.sweep()
    for (const key of inbox.keys.allDue) expect(await inbox.word('ZCARD', key)).toBe('0')
    for (const key of inbox.keys.allShards) {
      const fields = (await inbox.raw('HKEYS', key)) as Buffer[]
      expect(
        fields.filter((name) => !name.toString().startsWith('s:') && name.includes(':')).map(String),
      ).toEqual([])
    }
  })
})

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
