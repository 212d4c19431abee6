import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listHeads } from '../../lib/inbox/dead-letter-list.ts'
import { discard, forgetDeadLetters, inBatches, replay } from '../../lib/inbox/dead-letters.ts'
import { readEnvelope } from '../../lib/inbox/envelope.ts'
import { defineScript } from '../../lib/script.ts'
import {
  CHAT,
  LEASE_MS,
  losingAnswers,
  NEIGHBOURS,
  openInbox,
  STRANGERS,
  type Inbox,
} from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [STRANGER = ''] = STRANGERS
const [NEIGHBOUR = ''] = NEIGHBOURS

describeEngines('dead letters', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  const letter = (updateId: string, chatKey = CHAT) => ({ updateId, chatKey })
  const sendBack = (updateId: string, chatKey = CHAT) => replay(inbox.store, letter(updateId, chatKey))
  const die = async (ids: readonly string[], chat = CHAT) => {
    for (const id of ids) {
      await inbox.dies(await inbox.leased(id, { chat, user: '42' }))
      inbox.nowMs += 1
    }
  }
  const bytes = async () => Number(await inbox.word('HGET', inbox.keys.dead, '#bytes'))

  describe('replay', () => {
    it('makes the letter the head of an empty mailbox, free at once, with new attempts', async () => {
      await die(['1'])
      expect(await sendBack('1')).toBe(1)
      expect(await inbox.letters()).toEqual([])
      expect(await bytes()).toBe(0)
      expect(await inbox.word('ZCARD', inbox.keys.deadAt)).toBe('0')
      expect(await inbox.mailbox()).toMatchObject({
        head: '1',
        owner: '-',
        attempt: 0,
        waitMs: 0,
        sinceMs: inbox.nowMs,
      })
      expect(await inbox.due()).toBe(inbox.nowMs)
      expect(await inbox.field('pending')).toBe('1')
      expect(await inbox.sweep()).toEqual([CHAT])
      const lease = await inbox.taken()
      expect(lease).toMatchObject({ updateId: '1', attempt: 1 })
      expect(readEnvelope(lease.head)).toEqual({
        updateId: '1',
        acceptedAtMs: inbox.nowMs,
        userId: '42',
        rate: 'ok',
        language: null,
        replays: 1,
        payload: '{"update_id":1}',
      })
    })

    it('puts the letter at the tail of a busy mailbox, without a lease', async () => {
      await die(['1'])
      const lease = await inbox.filled(['2', '3'])
      const before = await inbox.mailbox()
      expect(await sendBack('1')).toBe(1)
      expect(await inbox.pending()).toEqual(['2', '3', '1'])
      expect(await inbox.mailbox()).toEqual({ ...before, backlog: 2 })
      expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
      expect(await inbox.field('pending')).toBe('3')
      await inbox.settle(lease)
      inbox.nowMs += LEASE_MS
      expect(await inbox.drain()).toEqual(['3', '1'])
    })

    it('keeps the order of the replayed letters', async () => {
      await die(['1', '2', '3'])
      for (const id of ['3', '1', '2']) await sendBack(id)
      expect(await inbox.drain()).toEqual(['3', '1', '2'])
    })

    it('is done once, however often and at once it is asked for', async () => {
      await die(['1'])
      const counts = await Promise.all(Array.from({ length: 6 }, () => sendBack('1')))
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 1])
      expect(await inbox.pending()).toEqual(['1'])
      expect(await inbox.field('pending')).toBe('1')
      expect(await bytes()).toBe(0)
    })

    it('whose answer was lost says so when it is made again, and moves nothing twice', async () => {
      await die(['1', '2'])
      const size = await bytes()
      expect(await replay(losingAnswers(inbox.store), letter('1'))).toBe(1)
      expect(await inbox.pending()).toEqual(['1'])
      expect(await inbox.field('pending')).toBe('1')
      expect(await bytes()).toBe(size / 2)
      expect(await sendBack('1')).toBe(0)
    })

    it('whose answer was lost leaves the letter of a new death where it is', async () => {
      await die(['1'])
      const again = async () => inbox.dies(await inbox.taken())
      expect(await replay(losingAnswers(inbox.store, again), letter('1'))).toBe(1)
      expect(await inbox.pending()).toEqual([])
      expect(await inbox.letters()).toMatchObject([{ updateId: '1', replays: 1 }])
    })

    it('is remembered for a minute', async () => {
      await die(['1'])
      await sendBack('1')
      const keys = (await inbox.raw('KEYS', `${inbox.test.prefix}*:acted:*`)) as Buffer[]
      expect(keys).toHaveLength(1)
      const leftMs = Number(await inbox.word('PTTL', String(keys[0])))
      expect(leftMs).toBeGreaterThan(50_000)
      expect(leftMs).toBeLessThanOrEqual(60_000)
    })

    it('may fail again: the letter does not grow, and counts its replays', async () => {
      await die(['1'])
      const before = await bytes()
      for (const replays of [1, 2]) {
        await sendBack('1')
        await inbox.dies(await inbox.taken())
        expect(await inbox.letters()).toMatchObject([{ updateId: '1', replays, attempts: 1, userId: '42' }])
        expect(await bytes()).toBe(before)
      }
    })

    it('lifts the sender’s rate verdict and keeps the language', async () => {
      await inbox.raw('HSET', inbox.keys.peer('42'), 'language', 'ru')
      const rate = { requests: 1, windowMs: 60_000 }
      const lease = await inbox.leased('1', { user: '42', rate })
      await inbox.accept('2', { user: '42', rate })
      await inbox.settle(lease, { takeNext: false })
      const second = await inbox.taken()
      expect(readEnvelope(second.head)).toMatchObject({ rate: 'notice', language: 'ru' })
      await inbox.dies(second)
      await sendBack('2')
      expect(readEnvelope((await inbox.taken()).head)).toMatchObject({
        rate: 'ok',
        language: 'ru',
        replays: 1,
      })
    })

    it('keeps payloads byte by byte', async () => {
      const payload = JSON.stringify({ text: 'a\u0000b\n\ud83dé%s%1' }) + '\n\r\u2028x'
      await inbox.dies(await inbox.leased('1', { payload }))
      await sendBack('1')
      expect(readEnvelope((await inbox.head()) ?? '')?.payload).toBe(payload)
    })

    it('sends an unreadable envelope back as it is', async () => {
      const lease = await inbox.leased('1')
      await inbox.setField(`h:${CHAT}`, 'nonsense')
      await inbox.dies(lease)
      await sendBack('1')
      expect(await inbox.taken()).toMatchObject({ updateId: '1', head: 'nonsense' })
    })

    it('keeps the update id as seen, so Telegram’s delivery is a duplicate', async () => {
      await die(['1'])
      await sendBack('1')
      expect(await inbox.accept('1')).toMatchObject({ word: 'duplicate' })
      expect(await inbox.pending()).toEqual(['1'])
    })

    it('works when the mailbox’s record, its backlog or a counter is unreadable', async () => {
      await die(['1', '2', '3'])
      await inbox.filled(['4', '5'])
      await inbox.setField(`m:${CHAT}`, 'nonsense')
      await inbox.setField('pending', 'x')
      expect(await sendBack('1')).toBe(1)
      expect(await inbox.pending()).toEqual(['4', '5', '1'])
      await inbox.raw('DEL', inbox.keys.backlog(CHAT))
      await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
      expect(await sendBack('2')).toBe(1)
      expect(await inbox.pending()).toEqual(['4', '2'])
      expect(await inbox.field(`corrupt-backlog:${CHAT}`)).toBeTruthy()
    })

    it('keeps the letter when the index is of another type', async () => {
      await die(['1'])
      await inbox.raw('DEL', inbox.dueKey())
      await inbox.raw('SET', inbox.dueKey(), 'x')
      await expect(sendBack('1')).rejects.toMatchObject({ code: 'wrong_type' })
      expect(await inbox.letters()).toHaveLength(1)
      expect(await inbox.pending()).toEqual([])
    })

    it('of an unknown letter replays none', async () => {
      await inbox.leased('1')
      expect(await sendBack('1')).toBe(0)
      expect(await inbox.pending()).toEqual(['1'])
    })
  })

  describe('discard', () => {
    it('is done once, however often and at once it is asked for', async () => {
      await die(['1', '2'])
      const size = await bytes()
      const counts = await Promise.all(Array.from({ length: 6 }, () => discard(inbox.store, '1')))
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 1])
      expect(await inbox.letters()).toMatchObject([{ updateId: '2', bytes: await bytes() }])
      expect(await bytes()).toBe(size / 2)
      expect(await inbox.pending()).toEqual([])
    })

    it('whose answer was lost says so when it is made again', async () => {
      await die(['1', '2'])
      const size = await bytes()
      expect(await discard(losingAnswers(inbox.store), '1')).toBe(1)
      expect(await inbox.letters()).toMatchObject([{ updateId: '2' }])
      expect(await bytes()).toBe(size / 2)
      expect(await discard(inbox.store, '1')).toBe(0)
    })

    it('whose answer was lost leaves the letter of a new death where it is', async () => {
      await die(['1'])
      const again = async () => {
        await inbox.raw('DEL', inbox.keys.seen('1'))
        await die(['1'])
      }
      expect(await discard(losingAnswers(inbox.store, again), '1')).toBe(1)
      expect(await inbox.letters()).toMatchObject([{ updateId: '1' }])
    })

    it('is remembered for a minute', async () => {
      await die(['1'])
      await discard(inbox.store, '1')
      const keys = (await inbox.raw('KEYS', `${inbox.test.prefix}*:acted:*`)) as Buffer[]
      expect(keys).toHaveLength(1)
      const leftMs = Number(await inbox.word('PTTL', String(keys[0])))
      expect(leftMs).toBeGreaterThan(50_000)
      expect(leftMs).toBeLessThanOrEqual(60_000)
    })

    it('and replay at the same time: one of them moves the letter', async () => {
      for (const id of ['1', '2', '3', '4']) {
        await die([id])
        const [discarded, replayed] = await Promise.all([discard(inbox.store, id), sendBack(id)])
        expect(discarded + replayed).toBe(1)
        expect(await inbox.drain()).toEqual(replayed === 1 ? [id] : [])
      }
      expect(await bytes()).toBe(0)
    })
  })

  describe('many at a time', () => {
    const batches = async () =>
      inBatches((await listHeads(inbox.store)).toReversed()).map((batch) =>
        batch.map(({ updateId }) => updateId),
      )
    /** Letters written directly to the store, `size` bytes each, the newest last. */
    const put = async (chats: readonly string[], size = 10) => {
      const fields = chats.flatMap((chat, n) => {
        return [String(n), `5 ${chat} 1\n{}\n1 ${n} 5 7 ok - 0\n`.padEnd(size, 'x')]
      })
      await inbox.raw('HSET', inbox.keys.dead, '#bytes', String(chats.length * size), ...fields)
      await inbox.raw('ZADD', inbox.keys.deadAt, ...chats.flatMap((_, n) => [String(n), String(n)]))
    }
    const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n))

    it('are cut into batches of one shard, in their order', async () => {
      await put([CHAT, STRANGER, NEIGHBOUR, STRANGER, CHAT])
      expect(await batches()).toEqual([
        ['0', '2', '4'],
        ['1', '3'],
      ])
    })

    it('are cut into batches of 50, and of a megabyte', async () => {
      await put(Array<string>(120).fill(CHAT))
      expect(await batches()).toEqual([ids(0, 50), ids(50, 100), ids(100, 120)])
      await put(Array<string>(5).fill(CHAT), 450_000)
      expect((await batches()).slice(0, 2)).toEqual([
        ['0', '1'],
        ['2', '3'],
      ])
      await put([CHAT, CHAT], 1_200_000)
      expect((await batches()).slice(0, 2)).toEqual([['0'], ['1']])
    })

    it('go back in the given order, each to its own mailbox', async () => {
      await die(['1', '2', '3'])
      await die(['4', '5'], NEIGHBOUR)
      const lease = await inbox.filled(['6'], { chat: NEIGHBOUR })
      const batch = [letter('3'), letter('5', NEIGHBOUR), letter('1'), letter('4', NEIGHBOUR)]
      expect(await replay(inbox.store, ...batch)).toBe(4)
      expect(await inbox.letters()).toMatchObject([{ updateId: '2', bytes: await bytes() }])
      expect(await inbox.field('pending')).toBe('5')
      expect(await inbox.sweep()).toEqual([CHAT])
      expect(await inbox.drain()).toEqual(['3', '1'])
      await inbox.settle(lease, { takeNext: false })
      expect(await inbox.drain(NEIGHBOUR)).toEqual(['5', '4'])
    })

    it('are replayed and discarded once by several calls at the same time', async () => {
      await die(['1', '2', '3', '4'])
      const [first, second] = [
        [letter('1'), letter('2'), letter('3')],
        [letter('2'), letter('3'), letter('4')],
      ]
      const counts = await Promise.all([
        replay(inbox.store, ...first),
        replay(inbox.store, ...second),
        discard(inbox.store, '1', '2', '3', '4'),
      ])
      expect(counts.reduce((sum, count) => sum + count)).toBe(4)
      expect(await inbox.letters()).toEqual([])
      expect(await bytes()).toBe(0)
      expect(await inbox.pending()).toHaveLength(counts[0] + counts[1])
    })

    it('are counted the same after the answer was lost, also when one of them is a dead letter again', async () => {
      await die(['1', '2', '3', '4'])
      const again = async () => inbox.dies(await inbox.taken())
      expect(await replay(losingAnswers(inbox.store, again), letter('1'), letter('9'), letter('2'))).toBe(2)
      expect(await inbox.pending()).toEqual(['2'])
      expect((await inbox.letters()).map(({ updateId }) => updateId)).toEqual(['1', '4', '3'])
      expect(await discard(losingAnswers(inbox.store), '3', '9', '4')).toBe(2)
      expect(await inbox.letters()).toMatchObject([{ updateId: '1', bytes: await bytes() }])
    })

    it('are all kept when one of them cannot go back', async () => {
      await die(['1'])
      await die(['2'], NEIGHBOUR)
      await inbox.leased('3')
      await inbox.raw('DEL', inbox.dueKey())
      await inbox.raw('SET', inbox.dueKey(), 'x')
      const before = await inbox.dump()
      const call = replay(inbox.store, letter('1'), letter('2', NEIGHBOUR))
      await expect(call).rejects.toMatchObject({ code: 'wrong_type' })
      expect(await inbox.dump()).toEqual(before)
    })

    it('are moved when the counter of bytes is unreadable', async () => {
      await die(['1', '2', '3'])
      for (const move of [() => sendBack('1'), () => discard(inbox.store, '2')]) {
        await inbox.raw('HSET', inbox.keys.dead, '#bytes', 'x')
        expect(await move()).toBe(1)
      }
      expect((await inbox.letters()).map(({ updateId }) => updateId)).toEqual(['3'])
    })
  })

  it('of one user are discarded, over several pages, and those of others stay', async () => {
    const script = defineScript(
      'test',
      `
      for i = 1, 250 do
        local user = i % 3 == 0 and '7' or '8'
        redis.call('HSET', KEYS[1], i, '5 1 1\\n{}\\n1 ' .. i .. ' 5 ' .. user .. ' ok - 0\\n{}')
        redis.call('ZADD', KEYS[2], i, i)
      end
      return {'seeded'}`,
    )
    await inbox.store.run(script, [inbox.keys.dead, inbox.keys.deadAt], [])
    await die(['900'], STRANGER)
    expect(await forgetDeadLetters(inbox.store, '8')).toBe(167)
    const left = await inbox.letters()
    expect(left).toHaveLength(84)
    expect(new Set(left.map(({ userId }) => userId))).toEqual(new Set(['7', '42']))
    expect(await forgetDeadLetters(inbox.store, '8')).toBe(0)
  })
})
