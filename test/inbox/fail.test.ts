import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replay } from '../../lib/inbox/dead-letters.ts'
import { DEAD_LETTERS_MAX, DEAD_LETTERS_MAX_BYTES } from '../../lib/inbox/fail.ts'
import { defineScript } from '../../lib/script.ts'
import {
  CHAT,
  HOUR_MS,
  LEASE_MS,
  NEIGHBOURS,
  openInbox,
  START_MS,
  STRANGERS,
  type Inbox,
} from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = '', OTHER_STRANGER = ''] = STRANGERS
const eight = (value: string | null) => Array<string | null>(8).fill(value)

describeEngines('fail', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  describe('retry', () => {
    it('parks the head, frees the lease and keeps the attempt', async () => {
      const lease = await inbox.filled(['1', '2'])
      await inbox.setBot({ info: '{"id":1}', epoch: 2, status: 'OK' })
      inbox.nowMs += 10
      expect(await inbox.fail(lease, { action: 'retry', delayMs: 3000.2 })).toEqual({
        word: 'failed',
        how: 'parked',
        errors: 0,
        waitMs: 3001,
        left: true,
        bot: { info: '{"id":1}', epoch: 2, status: 'OK', breaker: '', breakerUntilMs: 0, errors: 0 },
      })
      expect(await inbox.mailbox()).toEqual({
        fence: START_MS,
        owner: '-',
        untilMs: inbox.nowMs,
        attempt: 1,
        waitMs: inbox.nowMs + 3001,
        backlog: 1,
        sinceMs: START_MS,
        head: '1',
        done: `parked/1/${lease.owner}/${lease.fence}`,
      })
      expect(await inbox.due()).toBe(inbox.nowMs + 3001)
      expect(await inbox.head()).toBe(lease.head)
      expect(await inbox.field('pending')).toBe('2')
      inbox.nowMs += 3001
      expect(await inbox.taken()).toMatchObject({ updateId: '1', attempt: 2 })
    })

    it('blocks its own mailbox and no other', async () => {
      await inbox.fail(await inbox.leased('1'), { delayMs: HOUR_MS })
      expect((await inbox.accept('2')).lease).toBeNull()
      expect((await inbox.accept('3', { chat: NEIGHBOUR })).lease).toMatchObject({ updateId: '3' })
      expect(await inbox.take()).toMatchObject({ word: 'waiting', waitMs: HOUR_MS })
    })

    it('without a delay can be taken at once', async () => {
      expect(await inbox.fail(await inbox.leased('1'), { delayMs: 0 })).toMatchObject({
        waitMs: 0,
        left: true,
      })
      expect(await inbox.due()).toBe(START_MS)
      expect(await inbox.taken()).toMatchObject({ attempt: 2 })
    })
  })

  it('wait: refunds the attempt', async () => {
    const lease = await inbox.leased('1')
    expect(await inbox.fail(lease, { action: 'wait', delayMs: 86_400_000, limited: true })).toMatchObject({
      how: 'parked',
      waitMs: 86_400_000,
      left: true,
    })
    expect(await inbox.mailbox()).toMatchObject({ attempt: 0, waitMs: START_MS + 86_400_000 })
    inbox.nowMs += 86_400_000
    expect(await inbox.taken()).toMatchObject({ attempt: 1 })
  })

  it('wait: refunds only one attempt, never below zero', async () => {
    await inbox.leased('1')
    inbox.nowMs += LEASE_MS
    const second = await inbox.taken()
    await inbox.fail(second, { action: 'wait', delayMs: 0 })
    expect(await inbox.mailbox()).toMatchObject({ attempt: 1 })
    const third = await inbox.taken()
    const record = (await inbox.field(`m:${CHAT}`)) ?? ''
    await inbox.setField(`m:${CHAT}`, record.replace(/^(\d+ \S+ \d+) 2/, '$1 0'))
    await inbox.fail(third, { action: 'wait', delayMs: 0 })
    expect(await inbox.mailbox()).toMatchObject({ attempt: 0, head: '1' })
  })

  describe('dead', () => {
    it('moves the head with its cause to the dead letters, and makes the next update the head', async () => {
      const lease = await inbox.filled(['1', '2'])
      inbox.nowMs += 10
      const cause = '{"name":"TelegramRefused","code":400}'
      expect(await inbox.fail(lease, { action: 'dead', cause, delayMs: 9000 })).toMatchObject({
        word: 'failed',
        how: 'dead',
        waitMs: 0,
        left: true,
      })
      expect(await inbox.letters()).toMatchObject([
        {
          updateId: '1',
          chatKey: CHAT,
          diedAtMs: inbox.nowMs,
          attempts: 1,
          cause,
          acceptedAtMs: START_MS,
          payload: '{"update_id":1}',
        },
      ])
      expect(await inbox.mailbox()).toMatchObject({
        owner: '-',
        untilMs: inbox.nowMs,
        attempt: 0,
        waitMs: 0,
        backlog: 0,
        head: '2',
        done: `dead/1/${lease.owner}/${lease.fence}`,
      })
      expect(await inbox.due()).toBe(inbox.nowMs)
      expect(await inbox.field('pending')).toBe('1')
      expect(await inbox.taken()).toMatchObject({ updateId: '2', attempt: 1 })
    })

    it('counts no dropped letter when none was dropped', async () => {
      await inbox.dies(await inbox.leased('1'))
      expect(await inbox.word('HEXISTS', inbox.keys.dead, '#dropped')).toBe('0')
    })

    it('leaves an empty mailbox idle', async () => {
      expect(await inbox.fail(await inbox.leased('1'), { action: 'dead' })).toMatchObject({
        how: 'dead',
        left: false,
      })
      expect(await inbox.mailbox()).toMatchObject({ head: '-', backlog: 0, sinceMs: 0 })
      expect(await inbox.head()).toBe('')
      expect(await inbox.due()).toBe(-START_MS)
      expect(await inbox.field('pending')).toBe('0')
      expect((await inbox.accept('2')).lease).toMatchObject({ attempt: 1 })
    })

    it('keeps the pending counter at zero when an edit made it too small', async () => {
      const lease = await inbox.leased('1')
      await inbox.setField('pending', '0')
      await inbox.dies(lease)
      expect(await inbox.field('pending')).toBe('0')
    })

    it('keeps the whole payload, and an unreadable envelope as it is', async () => {
      const payload = `{"text":"${'é😀\u0000'.repeat(50_000)}"}`
      await inbox.dies(await inbox.leased('1', { payload }))
      expect((await inbox.letters())[0]?.payload === payload).toBe(true)
      const lost = await inbox.leased('2')
      await inbox.setField(`h:${CHAT}`, 'nonsense\nof two lines')
      await inbox.dies(lost)
      expect((await inbox.letters()).find(({ updateId }) => updateId === '2')).toMatchObject({
        payload: 'nonsense\nof two lines',
        acceptedAtMs: null,
        chatKey: CHAT,
      })
    })

    it.each([
      ['U+2028 and CR', JSON.stringify({ message: 'a' }).replace('a', 'a\u2028b\u2029c\rd\u0085e')],
      ['quotes and escaped line ends', JSON.stringify({ message: '"\n\\' })],
      ['nothing', ''],
    ])('stays readable with %s in its cause', async (_, cause) => {
      await inbox.dies(await inbox.leased('1'), { cause })
      expect(await inbox.letters()).toMatchObject([
        { updateId: '1', cause, payload: '{"update_id":1}', attempts: 1 },
      ])
    })

    it('stores a separate letter for each unreadable envelope', async () => {
      const lease = await inbox.filled(['1', '2', '3'])
      await inbox.raw('LSET', inbox.keys.backlog(CHAT), '0', 'nonsense')
      await inbox.raw('LSET', inbox.keys.backlog(CHAT), '1', 'other')
      await inbox.dies(lease)
      await inbox.dies(await inbox.taken())
      await inbox.dies(await inbox.taken())
      expect((await inbox.letters()).map(({ payload }) => payload).toSorted()).toEqual([
        'nonsense',
        'other',
        '{"update_id":1}',
      ])
    })

    it('counts an update once when it becomes a dead letter again', async () => {
      await inbox.dies(await inbox.leased('1', { payload: 'x'.repeat(500) }))
      const [first] = await inbox.letters()
      await inbox.raw('DEL', inbox.keys.seen('1'))
      await inbox.dies(await inbox.leased('1', { payload: 'y' }))
      const [letter, ...rest] = await inbox.letters()
      expect(rest).toEqual([])
      expect(letter).toMatchObject({ payload: 'y' })
      expect(await inbox.word('HGET', inbox.keys.dead, '#bytes')).toBe(String(letter?.bytes))
      expect(letter?.bytes).toBeLessThan(first?.bytes ?? 0)
    })
  })

  describe('the dead letters’ caps', () => {
    /** Writes letters that died one millisecond after the other, long ago, without the work of letting them die. */
    const seed = async (count: number, bytes: number) => {
      const script = defineScript(
        'test',
        `
        local body = string.rep('x', tonumber(ARGV[2]))
        for i = 1, tonumber(ARGV[1]) do
          redis.call('HSET', KEYS[1], 'old' .. i, body)
          redis.call('ZADD', KEYS[2], i, 'old' .. i)
        end
        redis.call('HSET', KEYS[1], '#bytes', tonumber(ARGV[1]) * tonumber(ARGV[2]))
        return {'seeded'}`,
      )
      const args = [String(count), String(bytes)]
      // Far above the need: the JavaScript engine is slow on a busy machine.
      await inbox.store.run(script, [inbox.keys.dead, inbox.keys.deadAt], args, {
        timeoutMs: 30_000,
        totalMs: 30_000,
      })
    }
    const state = async () => {
      const hash = inbox.keys.dead
      const number = async (...command: string[]) => Number((await inbox.word(...command)) ?? 0)
      return {
        letters: await number('ZCARD', inbox.keys.deadAt),
        fields: await number('HLEN', hash),
        dropped: await number('HGET', hash, '#dropped'),
        bytes: await number('HGET', hash, '#bytes'),
      }
    }
    const has = async (id: string) => (await inbox.raw('HEXISTS', inbox.keys.dead, id)) === 1

    it('drop the oldest letters above the count, and count the dropped ones', async () => {
      await seed(DEAD_LETTERS_MAX - 1, 10)
      await inbox.dies(await inbox.leased('1'))
      expect(await state()).toMatchObject({ letters: DEAD_LETTERS_MAX, dropped: 0 })
      expect(await has('old1')).toBe(true)
      await inbox.dies(await inbox.leased('2'))
      const { bytes } = (await inbox.letters())[0] ?? { bytes: 0 }
      expect(await state()).toEqual({
        letters: DEAD_LETTERS_MAX,
        fields: DEAD_LETTERS_MAX + 2,
        dropped: 1,
        bytes: (DEAD_LETTERS_MAX - 2) * 10 + 2 * bytes,
      })
      expect([await has('old1'), await has('old2'), await has('1'), await has('2')]).toEqual([
        false,
        true,
        true,
        true,
      ])
    })

    it('drop as many of the oldest letters as needed above the bytes', async () => {
      await seed(4, DEAD_LETTERS_MAX_BYTES / 4 - 100)
      await inbox.dies(await inbox.leased('1', { payload: 'x'.repeat(200) }))
      const { bytes } = await state()
      expect(await state()).toMatchObject({ letters: 5, dropped: 0 })
      expect(bytes).toBeLessThanOrEqual(DEAD_LETTERS_MAX_BYTES)
      await inbox.dies(await inbox.leased('2', { payload: 'x'.repeat(400) }))
      expect(await state()).toMatchObject({ letters: 5, dropped: 1 })
      expect([await has('old1'), await has('old2'), await has('2')]).toEqual([false, true, true])
      await inbox.raw('HSET', inbox.keys.dead, '#bytes', String(2 * DEAD_LETTERS_MAX_BYTES))
      await inbox.dies(await inbox.leased('3'))
      expect(await state()).toMatchObject({ letters: 1, dropped: 6 })
      expect(await has('3')).toBe(true)
    })

    it('drop entries of the list without a letter', async () => {
      await seed(DEAD_LETTERS_MAX, 10)
      await inbox.raw('HDEL', inbox.keys.dead, 'old1')
      await inbox.dies(await inbox.leased('1'))
      expect(await state()).toMatchObject({ letters: DEAD_LETTERS_MAX, dropped: 1 })
      expect(await has('1')).toBe(true)
    })

    it('never drop the new letter: not after a clock was set back, not when it is the only one', async () => {
      await seed(DEAD_LETTERS_MAX, 10)
      await inbox.raw('ZADD', inbox.keys.deadAt, 'XX', String(START_MS + HOUR_MS), 'old1')
      inbox.nowMs = 1
      await inbox.dies(await inbox.leased('1'))
      expect([await has('1'), await has('old1')]).toEqual([true, true])
      expect(await state()).toMatchObject({ letters: DEAD_LETTERS_MAX, dropped: 1 })
      await inbox.raw('DEL', inbox.keys.dead, inbox.keys.deadAt)
      await inbox.raw('HSET', inbox.keys.dead, '#bytes', String(2 * DEAD_LETTERS_MAX_BYTES))
      await inbox.dies(await inbox.leased('2'))
      expect(await has('2')).toBe(true)
      expect(await state()).toMatchObject({ letters: 1, dropped: 0 })
    })
  })

  describe('the same call by the same owner and fence', () => {
    it.each([
      ['retry', 'parked'],
      ['wait', 'parked'],
      ['dead', 'dead'],
    ] as const)('%s: gets the same answer and is counted once', async (action, how) => {
      const lease = await inbox.filled(['1', '2'])
      const changes = { action, countsAsError: true, delayMs: 500 }
      const first = await inbox.fail(lease, changes)
      expect(first).toMatchObject({ word: 'failed', how, errors: 1 })
      const before = await inbox.dump()
      expect(await inbox.fail(lease, changes)).toEqual(first)
      inbox.nowMs += 200
      expect(await inbox.fail(lease, changes)).toEqual({ ...first, waitMs: how === 'dead' ? 0 : 300 })
      expect(await inbox.dump()).toEqual(before)
      expect(await inbox.letters()).toHaveLength(how === 'dead' ? 1 : 0)
    })

    it('answers that the mailbox is empty', async () => {
      const lease = await inbox.leased('1')
      const first = await inbox.fail(lease, { action: 'dead' })
      expect(first).toMatchObject({ left: false })
      expect(await inbox.fail(lease, { action: 'dead' })).toEqual(first)
    })

    it('still answers `dead` after its letter was replayed and is the head again', async () => {
      const lease = await inbox.leased('1')
      await inbox.dies(lease)
      await replay(inbox.store, lease)
      expect(await inbox.fail(lease, { action: 'dead' })).toMatchObject({ how: 'dead', left: true })
      expect(await inbox.letters()).toEqual([])
    })

    it('is `lost` after a settlement of the same head', async () => {
      const lease = await inbox.leased('1')
      await inbox.settle(lease)
      const before = await inbox.dump()
      expect(await inbox.fail(lease, { action: 'dead', countsAsError: true })).toEqual({ word: 'lost' })
      expect(await inbox.dump()).toEqual(before)
    })

    it('changes nothing when another worker has taken the mailbox', async () => {
      const lease = await inbox.leased('1')
      await inbox.fail(lease, { delayMs: 0 })
      const other = await inbox.taken()
      const before = await inbox.dump()
      expect(await inbox.fail(lease, { delayMs: 0 })).toMatchObject({ word: 'failed', how: 'parked' })
      expect(await inbox.dump()).toEqual(before)
      expect(await inbox.settle(other)).toMatchObject({ word: 'settled' })
      expect(await inbox.fail(lease)).toEqual({ word: 'lost' })
    })
  })

  describe('is lost, and changes nothing,', () => {
    it.each([
      ['another owner', { owner: 'somebody' }],
      ['another fence of the same owner', { fence: String(START_MS - 1) }],
      ['another head than the mailbox’s', { updateId: '2' }],
      ['no head', { updateId: '-' }],
      ['another chat', { chatKey: STRANGER }],
    ])('for %s', async (_, changes) => {
      const lease = { ...(await inbox.filled(['1', '2'])), ...changes }
      const before = await inbox.dump()
      for (const action of ['retry', 'wait', 'dead'] as const) {
        const all = { action, countsAsError: true, breaker: 'telegram', limited: true } as const
        expect(await inbox.fail(lease, all)).toEqual({ word: 'lost' })
      }
      expect(await inbox.dump()).toEqual(before)
    })

    it('after another worker took the mailbox', async () => {
      const lease = await inbox.leased('1')
      inbox.nowMs += LEASE_MS
      await inbox.taken()
      const before = await inbox.dump()
      expect(await inbox.fail(lease, { action: 'dead', countsAsError: true })).toEqual({ word: 'lost' })
      expect(await inbox.dump()).toEqual(before)
    })

    it('with an unreadable record', async () => {
      const lease = await inbox.leased('1')
      await inbox.setField(`m:${CHAT}`, 'nonsense')
      expect(await inbox.fail(lease, { action: 'dead' })).toEqual({ word: 'lost' })
      expect(await inbox.letters()).toEqual([])
    })
  })

  it('counts errors in every shard', async () => {
    const first = await inbox.leased('1')
    const second = await inbox.leased('2', { chat: STRANGER })
    const third = await inbox.leased('3', { chat: NEIGHBOUR })
    expect(await inbox.fail(first, { countsAsError: true })).toMatchObject({ errors: 1, bot: { errors: 1 } })
    expect(await inbox.fail(second, { action: 'dead', countsAsError: true })).toMatchObject({ errors: 2 })
    expect(await inbox.fail(third, { countsAsError: false })).toMatchObject({ errors: 2, bot: { errors: 2 } })
    expect(await inbox.botField('errors')).toEqual(eight('2'))
  })

  describe('the breaker', () => {
    it.each([
      ['telegram', 'FAILED'],
      ['token', 'UNAUTHORIZED'],
    ] as const)('opens in every shard: %s', async (breaker, status) => {
      const lease = await inbox.leased('1')
      expect(await inbox.fail(lease, { breaker, outage: true, delayMs: 9000 })).toMatchObject({
        how: 'parked',
        waitMs: 0,
        bot: { breaker, status, breakerUntilMs: START_MS + 1000 },
      })
      expect(await inbox.botField('breaker')).toEqual(eight(breaker))
      expect(await inbox.botField('breaker_until')).toEqual(eight(String(START_MS + 1000)))
      expect(await inbox.botField('status')).toEqual(eight(status))
      // The attempt is refunded, and the update is due as soon as the breaker closes.
      expect(await inbox.mailbox()).toMatchObject({ attempt: 0, waitMs: START_MS })
      expect(await inbox.due()).toBe(START_MS)
    })

    it('refunds attempts of an outage while it is open: none counts, and no update becomes a dead letter', async () => {
      const lease = await inbox.filled(['1', '2'])
      await inbox.setBot({ breaker: 'telegram', breaker_until: START_MS + 500, status: 'FAILED' })
      expect(await inbox.fail(lease, { action: 'dead', outage: true, delayMs: 9000 })).toMatchObject({
        how: 'parked',
        waitMs: 0,
        left: true,
      })
      expect(await inbox.letters()).toEqual([])
      expect(await inbox.mailbox()).toMatchObject({ attempt: 0, head: '1' })
      await inbox.setBot({ breaker: '' })
      const again = await inbox.taken()
      expect(again).toMatchObject({ updateId: '1', attempt: 1 })
      // The same failure without an outage counts as an attempt.
      await inbox.setBot({ breaker: 'telegram' })
      expect(await inbox.fail(again, { action: 'dead', outage: false })).toMatchObject({ how: 'dead' })
    })

    it('refunds nothing without an outage, and nothing while no breaker is open', async () => {
      const lease = await inbox.leased('1')
      await inbox.setBot({ breaker: 'telegram', breaker_until: START_MS + 500 })
      expect(await inbox.fail(lease, { delayMs: 300 })).toMatchObject({ how: 'parked', waitMs: 300 })
      expect(await inbox.mailbox()).toMatchObject({ attempt: 1 })
      await inbox.setBot({ breaker: '' })
      inbox.nowMs += 300
      expect(await inbox.fail(await inbox.taken(), { outage: true, delayMs: 700 })).toMatchObject({
        waitMs: 700,
      })
      expect(await inbox.mailbox()).toMatchObject({ attempt: 2 })
    })

    it.each([
      ['telegram', 'token'],
      ['token', 'telegram'],
      ['paused', 'telegram'],
      ['paused', 'token'],
    ] as const)('that is open (%s) keeps its schedule after a failure with %s', async (open, breaker) => {
      const lease = await inbox.leased('1')
      await inbox.setBot({ breaker: open, breaker_until: START_MS + 77_000, status: 'OK' })
      expect(await inbox.fail(lease, { breaker, outage: true })).toMatchObject({
        bot: { breaker: open, breakerUntilMs: START_MS + 77_000, status: 'OK' },
      })
      expect(await inbox.botField('breaker')).toEqual(eight(open))
      expect(await inbox.botField('breaker_until')).toEqual(eight(String(START_MS + 77_000)))
    })

    it.each([START_MS + 5000, START_MS - 5000])('replaces a throttle', async (until) => {
      const lease = await inbox.leased('1')
      await inbox.setBot({ breaker: 'throttled', breaker_until: until })
      await inbox.fail(lease, { breaker: 'telegram', outage: true })
      expect(await inbox.botField('breaker')).toEqual(eight('telegram'))
      expect(await inbox.botField('breaker_until')).toEqual(eight(String(START_MS + 1000)))
    })
  })

  describe('two 429s of different chats', () => {
    const limited = { action: 'wait', limited: true, delayMs: 4000 } as const
    const one = async (chat: string, id: string) => {
      const lease = await inbox.leased(id, { chat })
      return () => inbox.fail(lease, limited)
    }

    it('within ten seconds throttle the whole bot, as long as the second one asks', async () => {
      const first = await one(CHAT, '1')
      const second = await one(STRANGER, '2')
      expect(await first()).toMatchObject({ waitMs: 4000, bot: { breaker: '' } })
      expect(await inbox.botField('limited_by')).toEqual(eight(CHAT))
      expect(await inbox.botField('limited_at')).toEqual(eight(String(START_MS)))
      inbox.nowMs += 9999
      expect(await second()).toMatchObject({
        waitMs: 4000,
        bot: { breaker: 'throttled', breakerUntilMs: inbox.nowMs + 4000 },
      })
      expect(await inbox.botField('breaker')).toEqual(eight('throttled'))
      expect(await inbox.botField('breaker_until')).toEqual(eight(String(inbox.nowMs + 4000)))
      expect(await inbox.botField('status')).toEqual(eight(null))
      expect(await inbox.accept('3', { chat: OTHER_STRANGER })).toMatchObject({ lease: null, waitMs: 4000 })
      inbox.nowMs += 4000
      expect(await inbox.taken(OTHER_STRANGER)).toMatchObject({ updateId: '3' })
    })

    it('with more time between do not, nor two of one chat', async () => {
      const first = await one(CHAT, '1')
      const second = await one(STRANGER, '2')
      await first()
      inbox.nowMs += 10_000
      expect(await second()).toMatchObject({ bot: { breaker: '' } })
      inbox.nowMs += 4000
      const again = await inbox.taken(STRANGER)
      expect(await inbox.fail(again, limited)).toMatchObject({ bot: { breaker: '' } })
      expect(await inbox.botField('limited_by')).toEqual(eight(STRANGER))
    })

    it('throttle the bot for half a minute at most, and each chat waits as long as its 429 asks', async () => {
      const first = await one(CHAT, '1')
      const lease = await inbox.leased('2', { chat: STRANGER })
      await first()
      expect(await inbox.fail(lease, { ...limited, delayMs: 86_400_000 })).toMatchObject({
        waitMs: 86_400_000,
        bot: { breaker: 'throttled', breakerUntilMs: START_MS + 30_000 },
      })
    })

    it('do not change an open breaker', async () => {
      const first = await one(CHAT, '1')
      const second = await one(STRANGER, '2')
      await first()
      await inbox.setBot({ breaker: 'paused', breaker_until: 0 })
      await second()
      expect(await inbox.botField('breaker')).toEqual(eight('paused'))
      expect(await inbox.botField('breaker_until')).toEqual(eight('0'))
    })

    it('with another failure in between do not throttle', async () => {
      const first = await one(CHAT, '1')
      const lease = await inbox.leased('2', { chat: STRANGER })
      await first()
      expect(await inbox.fail(lease, { limited: false })).toMatchObject({ bot: { breaker: '' } })
      expect(await inbox.botField('limited_by')).toEqual(eight(CHAT))
    })
  })

  describe('after an operator’s edit', () => {
    it('of the counters to no number, continues', async () => {
      const lease = await inbox.filled(['1', '2'])
      for (const name of ['pending', 'errors', 'breaker_until', 'limited_at']) await inbox.setField(name, 'x')
      await inbox.raw('HSET', inbox.keys.dead, '#bytes', 'x')
      expect(await inbox.fail(lease, { action: 'dead', countsAsError: true, limited: true })).toMatchObject({
        how: 'dead',
        errors: 1,
        left: true,
      })
      expect(await inbox.botField('errors')).toEqual(eight('1'))
      expect(await inbox.letters()).toHaveLength(1)
    })

    it.each(['dead', 'deadAt', 'due'] as const)('of %s to another type, loses nothing', async (name) => {
      const lease = await inbox.filled(['1', '2'])
      const key = name === 'due' ? inbox.dueKey() : inbox.keys[name]
      await inbox.raw('DEL', key)
      await inbox.raw('SET', key, 'x')
      await expect(inbox.fail(lease, { action: 'dead' })).rejects.toMatchObject({ code: 'wrong_type' })
      expect(await inbox.pending()).toEqual(['1', '2'])
      // The script writes the list first, so no letter is stored that cannot be listed.
      if (name === 'deadAt') expect(await inbox.raw('HEXISTS', inbox.keys.dead, '1')).toBe(0)
      await inbox.raw('DEL', key)
      expect(await inbox.fail(lease, { action: 'dead' })).toMatchObject({ how: 'dead' })
      expect(await inbox.letters()).toMatchObject([{ updateId: '1' }])
      expect(await inbox.pending()).toEqual(['2'])
    })

    it('of the backlog to another type, continues without it', async () => {
      const lease = await inbox.filled(['1', '2'])
      await inbox.raw('DEL', inbox.keys.backlog(CHAT))
      await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
      expect(await inbox.fail(lease, { action: 'dead' })).toMatchObject({ how: 'dead', left: false })
      expect(await inbox.field(`corrupt-backlog:${CHAT}`)).toBeTruthy()
    })
  })
})
