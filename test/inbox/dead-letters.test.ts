import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { discard, forgetDeadLetters, listDeadLetters, replay } from '../../lib/inbox/dead-letters.ts'
import { readEnvelope } from '../../lib/inbox/envelope.ts'
import {
  CHAT,
  LEASE_MS,
  losingAnswers,
  openInbox,
  START_MS,
  STRANGERS,
  type Inbox,
} from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [STRANGER = ''] = STRANGERS

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

  describe('list', () => {
    it('is empty at first', async () => {
      const list = await listDeadLetters(inbox.store, { offset: 0, count: 10 })
      expect(list).toEqual({ total: 0, dropped: 0, bytes: 0, letters: [] })
    })

    it('shows the newest first, in pages, with sums over all', async () => {
      await die(['1', '2', '3', '4', '5'])
      const page = async (offset: number, count: number) => {
        const list = await listDeadLetters(inbox.store, { offset, count })
        expect(list).toMatchObject({ total: 5, dropped: 0, bytes: await bytes() })
        return list.letters.map(({ updateId }) => updateId)
      }
      expect(await page(0, 2)).toEqual(['5', '4'])
      expect(await page(2, 2)).toEqual(['3', '2'])
      expect(await page(4, 2)).toEqual(['1'])
      expect(await page(6, 2)).toEqual([])
    })

    it('tells everything that is known of a letter', async () => {
      await inbox.filled(['1'], { user: '42', payload: '{"text":"é\\n😀\u0000"}' })
      inbox.nowMs += LEASE_MS
      await inbox.dies(await inbox.taken(), { cause: '{"name":"E","message":"of 17"}' })
      const [found] = await inbox.letters()
      expect(found).toEqual({
        updateId: '1',
        chatKey: CHAT,
        diedAtMs: inbox.nowMs,
        attempts: 2,
        cause: '{"name":"E","message":"of 17"}',
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
        acceptedAtMs: START_MS,
        userId: '42',
        replays: 0,
        bytes: await bytes(),
        payload: '{"text":"é\\n😀\u0000"}',
      })
    })

    it('groups by what went wrong, apart from numbers', async () => {
      const causes = ['{"message":"of 17"}', '{"message":"of 4"}', '{"message":"of x"}']
      for (const [index, cause] of causes.entries())
        await inbox.dies(await inbox.leased(String(index)), { cause })
      const [third, second, first] = (await inbox.letters()).map(({ fingerprint }) => fingerprint)
      expect(first).toBe(second)
      expect(third).not.toBe(first)
    })

    it('shows a letter that somebody made unreadable as far as it can', async () => {
      await die(['1', '2'])
      await inbox.raw('HSET', inbox.keys.dead, '1', 'nonsense')
      await inbox.raw('HDEL', inbox.keys.dead, '2')
      expect(await inbox.letters()).toMatchObject([
        { updateId: '2', chatKey: '', payload: '' },
        { updateId: '1', chatKey: '', payload: 'nonsense', diedAtMs: 0 },
      ])
    })
  })

  describe('replay', () => {
    it('makes it the head of an empty mailbox, free at once, its attempts anew', async () => {
      await die(['1'])
      expect(await sendBack('1')).toBe('replayed')
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

    it('puts it at the tail of a busy mailbox, without a lease for anybody', async () => {
      await die(['1'])
      const lease = await inbox.filled(['2', '3'])
      const before = await inbox.mailbox()
      expect(await sendBack('1')).toBe('replayed')
      expect(await inbox.pending()).toEqual(['2', '3', '1'])
      expect(await inbox.mailbox()).toEqual({ ...before, backlog: 2 })
      expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
      expect(await inbox.field('pending')).toBe('3')
      await inbox.settle(lease)
      inbox.nowMs += LEASE_MS
      expect(await inbox.drain()).toEqual(['3', '1'])
    })

    it('keeps the order in which letters are sent back', async () => {
      await die(['1', '2', '3'])
      for (const id of ['3', '1', '2']) await sendBack(id)
      expect(await inbox.drain()).toEqual(['3', '1', '2'])
    })

    it('is done once, however often and at once it is asked for', async () => {
      await die(['1'])
      const words = await Promise.all(Array.from({ length: 6 }, () => sendBack('1')))
      expect(words.filter((word) => word === 'replayed')).toHaveLength(1)
      expect(words.filter((word) => word === 'gone')).toHaveLength(5)
      expect(await inbox.pending()).toEqual(['1'])
      expect(await inbox.field('pending')).toBe('1')
      expect(await bytes()).toBe(0)
    })

    it('whose answer was lost says so when it is made again, and moves nothing twice', async () => {
      await die(['1', '2'])
      const size = await bytes()
      expect(await replay(losingAnswers(inbox.store), letter('1'))).toBe('replayed')
      expect(await inbox.pending()).toEqual(['1'])
      expect(await inbox.field('pending')).toBe('1')
      expect(await bytes()).toBe(size / 2)
      expect(await sendBack('1')).toBe('gone')
    })

    it('whose answer was lost leaves the letter of a new death where it is', async () => {
      await die(['1'])
      const again = async () => inbox.dies(await inbox.taken())
      expect(await replay(losingAnswers(inbox.store, again), letter('1'))).toBe('replayed')
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

    it('may fail again: the letter does not grow, and counts how often it was sent back', async () => {
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

    it('is still known as seen by Telegram’s deliveries', async () => {
      await die(['1'])
      await sendBack('1')
      expect(await inbox.accept('1')).toMatchObject({ word: 'duplicate' })
      expect(await inbox.pending()).toEqual(['1'])
    })

    it('goes on where the mailbox’s record, its backlog or a counter cannot be read', async () => {
      await die(['1', '2', '3'])
      await inbox.filled(['4', '5'])
      await inbox.setField(`m:${CHAT}`, 'nonsense')
      await inbox.setField('pending', 'x')
      expect(await sendBack('1')).toBe('replayed')
      expect(await inbox.pending()).toEqual(['4', '5', '1'])
      await inbox.raw('DEL', inbox.keys.backlog(CHAT))
      await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
      expect(await sendBack('2')).toBe('replayed')
      expect(await inbox.pending()).toEqual(['4', '2'])
      expect(await inbox.field(`corrupt-backlog:${CHAT}`)).toBeTruthy()
    })

    it('of a letter into a mailbox whose index was made another type keeps the letter', async () => {
      await die(['1'])
      await inbox.raw('DEL', inbox.dueKey())
      await inbox.raw('SET', inbox.dueKey(), 'x')
      await expect(sendBack('1')).rejects.toMatchObject({ code: 'wrong_type' })
      expect(await inbox.letters()).toHaveLength(1)
      expect(await inbox.pending()).toEqual([])
    })

    it('of what never died: gone', async () => {
      await inbox.leased('1')
      expect(await sendBack('1')).toBe('gone')
      expect(await inbox.pending()).toEqual(['1'])
    })
  })

  describe('discard', () => {
    it('is done once, however often and at once it is asked for', async () => {
      await die(['1', '2'])
      const size = await bytes()
      const words = await Promise.all(Array.from({ length: 6 }, () => discard(inbox.store, '1')))
      expect(words.filter((word) => word === 'discarded')).toHaveLength(1)
      expect(words.filter((word) => word === 'gone')).toHaveLength(5)
      expect(await inbox.letters()).toMatchObject([{ updateId: '2', bytes: await bytes() }])
      expect(await bytes()).toBe(size / 2)
      expect(await inbox.pending()).toEqual([])
    })

    it('whose answer was lost says so when it is made again', async () => {
      await die(['1', '2'])
      const size = await bytes()
      expect(await discard(losingAnswers(inbox.store), '1')).toBe('discarded')
      expect(await inbox.letters()).toMatchObject([{ updateId: '2' }])
      expect(await bytes()).toBe(size / 2)
      expect(await discard(inbox.store, '1')).toBe('gone')
    })

    it('whose answer was lost leaves the letter of a new death where it is', async () => {
      await die(['1'])
      const again = async () => {
        await inbox.raw('DEL', inbox.keys.seen('1'))
        await die(['1'])
      }
      expect(await discard(losingAnswers(inbox.store, again), '1')).toBe('discarded')
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

    it('and replay never both win', async () => {
      for (const id of ['1', '2', '3', '4']) {
        await die([id])
        const [discarded, replayed] = await Promise.all([discard(inbox.store, id), sendBack(id)])
        expect([discarded, replayed].filter((word) => word === 'gone')).toHaveLength(1)
        expect(await inbox.drain()).toEqual(replayed === 'replayed' ? [id] : [])
      }
      expect(await bytes()).toBe(0)
    })
  })

  it('of one user are forgotten, over pages, and those of others stay', async () => {
    const script = `
      for i = 1, 250 do
        local user = i % 3 == 0 and '7' or '8'
        redis.call('HSET', KEYS[1], i, '5 1 1\\n{}\\n1 ' .. i .. ' 5 ' .. user .. ' ok - 0\\n{}')
        redis.call('ZADD', KEYS[2], i, i)
      end
      return {'seeded'}`
    await inbox.store.run(script, [inbox.keys.dead, inbox.keys.deadAt], [])
    await die(['900'], STRANGER)
    expect(await forgetDeadLetters(inbox.store, '8')).toBe(167)
    const left = await inbox.letters()
    expect(left).toHaveLength(84)
    expect(new Set(left.map(({ userId }) => userId))).toEqual(new Set(['7', '42']))
    expect(await forgetDeadLetters(inbox.store, '8')).toBe(0)
  })
})
