/** Dead letters for operators: pages of limited size, heads without payloads, groups. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { groupDeadLetters, listDeadLetters, listHeads } from '../../lib/inbox/dead-letter-list.ts'
import { CHAT, LEASE_MS, openInbox, START_MS, STRANGERS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [STRANGER = ''] = STRANGERS

describeEngines('the list of dead letters', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  const die = async (
    ids: readonly string[],
    { chat = CHAT, payload }: { chat?: string; payload?: string } = {},
  ) => {
    for (const id of ids) {
      await inbox.dies(
        await inbox.leased(id, { chat, user: '42', ...(payload !== undefined && { payload }) }),
      )
      inbox.nowMs += 1
    }
  }
  const bytes = async () => Number(await inbox.word('HGET', inbox.keys.dead, '#bytes'))
  const idsOf = (letters: readonly { updateId: string }[]) => letters.map(({ updateId }) => updateId)

  it('is empty at first', async () => {
    const list = await listDeadLetters(inbox.store, { offset: 0, count: 10 })
    expect(list).toEqual({ total: 0, dropped: 0, bytes: 0, letters: [] })
  })

  it('lists the newest first, in pages, with totals', async () => {
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

  it('returns all fields of a letter', async () => {
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

  it('groups by cause, ignoring numbers', async () => {
    const causes = ['{"message":"of 17"}', '{"message":"of 4"}', '{"message":"of x"}']
    for (const [index, cause] of causes.entries())
      await inbox.dies(await inbox.leased(String(index)), { cause })
    const [third, second, first] = (await inbox.letters()).map(({ fingerprint }) => fingerprint)
    expect(first).toBe(second)
    expect(third).not.toBe(first)
  })

  it('returns the readable part of an unreadable letter', async () => {
    await die(['1', '2'])
    await inbox.raw('HSET', inbox.keys.dead, '1', 'nonsense')
    await inbox.raw('HDEL', inbox.keys.dead, '2')
    expect(await inbox.letters()).toMatchObject([
      { updateId: '2', chatKey: '', payload: '' },
      { updateId: '1', chatKey: '', payload: 'nonsense', diedAtMs: 0 },
    ])
  })

  describe('a page', () => {
    const page = async (offset: number, count: number) =>
      idsOf((await listDeadLetters(inbox.store, { offset, count })).letters)

    it('ends at its limit of bytes, and the next page continues after it', async () => {
      await die(['1', '2', '3', '4', '5'], { payload: '"'.repeat(700_000) })
      expect(await page(0, 5)).toEqual(['5', '4'])
      expect(await page(2, 5)).toEqual(['3', '2'])
      expect(await page(4, 5)).toEqual(['1'])
      expect(await page(2, 1)).toEqual(['3'])
    })

    it('has at least one letter, of any length', async () => {
      await die(['1', '2'], { payload: 'x'.repeat(2_500_000) })
      expect(await page(0, 2)).toEqual(['2'])
      expect(await page(1, 2)).toEqual(['1'])
    })

    it('counts bytes, not characters', async () => {
      await die(['1', '2'], { payload: 'щ'.repeat(600_000) })
      expect(await page(0, 2)).toEqual(['2'])
    })

    it('has as many short letters as requested', async () => {
      const ids = Array.from({ length: 45 }, (_, n) => String(n))
      await die(ids)
      expect(await page(0, 200)).toEqual(ids.toReversed())
      expect(await page(3, 41)).toEqual(ids.toReversed().slice(3, 44))
    })
  })

  it('has a group for each cause, and none for unreadable letters', async () => {
    const causes = ['{"message":"of 17"}', '{"message":"no"}', '{"message":"of 4"}', '{"message":"gone"}']
    for (const [index, cause] of causes.entries()) {
      await inbox.dies(await inbox.leased(String(index)), { cause })
      inbox.nowMs += 1
    }
    await inbox.raw('HSET', inbox.keys.dead, '3', 'nonsense')
    const [, ofFour, no] = await inbox.letters()
    expect(await groupDeadLetters(inbox.store)).toEqual([
      { fingerprint: ofFour?.fingerprint, count: 2, cause: causes[2], newestAtMs: ofFour?.diedAtMs },
      { fingerprint: no?.fingerprint, count: 1, cause: causes[1], newestAtMs: no?.diedAtMs },
    ])
  })

  describe('the heads', () => {
    it('have all fields except the payload, of all letters', async () => {
      await die(['1'])
      await inbox.dies(await inbox.leased('2', { chat: STRANGER }), { cause: '{"message":"of 17"}' })
      const heads = await listHeads(inbox.store)
      const { letters } = await listDeadLetters(inbox.store, { offset: 0, count: 10 })
      expect(heads).toEqual(letters.map((letter) => ({ ...letter, payload: '' })))
      expect(idsOf(heads)).toEqual(['2', '1'])
    })

    it('are read in several calls, without payloads', async () => {
      await die(['1', '2', '3', '4'], { payload: 'x'.repeat(2_000_000) })
      const replies: string[][] = []
      const run: Inbox['store']['run'] = async (...call) => {
        const reply = await inbox.store.run(...call)
        replies.push(reply)
        return reply
      }
      expect(idsOf(await listHeads({ ...inbox.store, run }))).toEqual(['4', '3', '2', '1'])
      expect(replies).toHaveLength(2)
      expect(replies.flat().join('').length).toBeLessThan(1000)
    })

    it('are those of one letter when its id is given', async () => {
      await die(['1', '2', '3'])
      expect(await listHeads(inbox.store, '2')).toMatchObject([
        { updateId: '2', chatKey: CHAT, userId: '42' },
      ])
      expect(await listHeads(inbox.store, '4')).toEqual([])
      // The counters in the same HASH are no letters.
      expect(await listHeads(inbox.store, '#bytes')).toEqual([])
    })

    it('of an unreadable letter have its readable fields', async () => {
      await die(['1', '2', '3'])
      await inbox.raw('HSET', inbox.keys.dead, '1', 'nonsense')
      await inbox.raw('HSET', inbox.keys.dead, '2', `5 ${CHAT} 3\n{}\n9 of a later version\nx`)
      await inbox.raw('HDEL', inbox.keys.dead, '3')
      expect(await listHeads(inbox.store)).toMatchObject([
        { updateId: '3', chatKey: '', bytes: 0 },
        { updateId: '2', chatKey: CHAT, attempts: 3, userId: null },
        { updateId: '1', chatKey: '', bytes: 8 },
      ])
    })
  })
})
