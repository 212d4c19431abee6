import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEnvelope } from '../../lib/inbox/envelope.ts'
import { shardOf } from '../../lib/redis.ts'
import {
  CHAT,
  HOUR_MS,
  LEASE_MS,
  NEIGHBOURS,
  openInbox,
  START_MS,
  STRANGERS,
  SWEEP_MS,
  type Inbox,
} from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'

const [NEIGHBOUR = '', OTHER_NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = ''] = STRANGERS

describeEngines('accept', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  describe('a new update', () => {
    it('becomes the head of an empty mailbox, under a lease', async () => {
      const accepted = await inbox.accept('7', {
        user: '42',
        payload: '{"update_id":7,"x":"é😀"}',
        owner: 'me',
      })
      expect(accepted).toEqual({
        word: 'accepted',
        lease: {
          chatKey: CHAT,
          owner: 'me',
          fence: String(START_MS),
          attempt: 1,
          updateId: '7',
          head: `1 7 ${START_MS} 42 ok - 0\n{"update_id":7,"x":"é😀"}`,
          nowMs: START_MS,
        },
        bot: { info: null, epoch: 0, status: 'UNKNOWN', breaker: '', breakerUntilMs: 0, errors: 0 },
        expired: null,
        sweepDue: true,
        waitMs: 0,
      })
      expect(await inbox.mailbox()).toEqual({
        fence: START_MS,
        owner: 'me',
        untilMs: START_MS + LEASE_MS,
        attempt: 1,
        waitMs: 0,
        backlog: 0,
        sinceMs: START_MS,
        head: '7',
        done: '-',
      })
      expect(await inbox.head()).toBe(accepted.lease?.head)
      expect(await inbox.due()).toBe(START_MS + LEASE_MS)
      expect(await inbox.field('pending')).toBe('1')
      expect(await inbox.field('accepted')).toBe('1')
      expect(await inbox.field('accepted_at')).toBe(String(START_MS))
    })

    it('waits behind the head while another has the lease, in the order of acceptance', async () => {
      const lease = await inbox.leased('5')
      inbox.nowMs += 10
      expect(await inbox.accept('9')).toMatchObject({ word: 'accepted', lease: null, waitMs: 0 })
      expect(await inbox.accept('3')).toMatchObject({ word: 'accepted', lease: null })
      expect(await inbox.pending()).toEqual(['5', '9', '3'])
      expect(await inbox.mailbox()).toMatchObject({
        owner: lease.owner,
        fence: Number(lease.fence),
        untilMs: START_MS + LEASE_MS,
        attempt: 1,
        backlog: 2,
        sinceMs: START_MS,
        head: '5',
      })
      expect(await inbox.due()).toBe(START_MS + LEASE_MS)
      expect(await inbox.field('pending')).toBe('3')
      expect(await inbox.field('accepted')).toBe('3')
      expect(await inbox.field('accepted_at')).toBe(String(START_MS + 10))
    })

    it('never waits for another chat', async () => {
      await inbox.leased('1')
      await inbox.leased('2', { chat: NEIGHBOUR })
      await inbox.leased('3', { chat: STRANGER })
    })

    it('returns the bot’s state', async () => {
      await inbox.setBot({ info: '{"id":1}', epoch: 7, status: 'OK', errors: 3 })
      expect((await inbox.accept('1')).bot).toEqual({
        info: '{"id":1}',
        epoch: 7,
        status: 'OK',
        breaker: '',
        breakerUntilMs: 0,
        errors: 3,
      })
    })

    it('is accepted once for many equal deliveries at the same time', async () => {
      const all = await Promise.all(Array.from({ length: 12 }, () => inbox.accept('1')))
      expect(all.filter(({ word }) => word === 'accepted')).toHaveLength(1)
      expect(all.filter(({ lease }) => lease)).toHaveLength(1)
      expect(all.find(({ lease }) => lease)?.word).toBe('accepted')
      expect(await inbox.pending()).toEqual(['1'])
    })

    it('gets one lease for all that arrive in one chat at the same time', async () => {
      const ids = Array.from({ length: 12 }, (_, index) => String(index + 1))
      const all = await Promise.all(ids.map((id) => inbox.accept(id)))
      expect(all.every(({ word }) => word === 'accepted')).toBe(true)
      expect(all.filter(({ lease }) => lease)).toHaveLength(1)
      expect((await inbox.pending()).toSorted()).toEqual(ids.toSorted())
      expect(await inbox.mailbox()).toMatchObject({ backlog: 11 })
    })

    it('is accepted after the store’s script cache was flushed', async () => {
      await inbox.leased('1')
      await inbox.raw('SCRIPT', 'FLUSH')
      expect(await inbox.accept('2')).toMatchObject({ word: 'accepted' })
    })
  })

  describe('the same call by the same owner', () => {
    it('gets the same answer and fence, is counted once and holds the lease from now', async () => {
      const first = await inbox.accept('1', {
        owner: 'me',
        user: '5',
        rate: { requests: 3, windowMs: 60_000 },
      })
      inbox.nowMs += 1000
      const again = await inbox.accept('1', {
        owner: 'me',
        user: '5',
        rate: { requests: 3, windowMs: 60_000 },
      })
      expect(again).toEqual({ ...first, lease: { ...first.lease, nowMs: START_MS + 1000 } })
      expect(await inbox.pending()).toEqual(['1'])
      expect(await inbox.field('pending')).toBe('1')
      expect(await inbox.field('accepted')).toBe('1')
      expect(await inbox.word('HGET', inbox.keys.peer('5'), 'rate')).toBe('1')
      expect(await inbox.mailbox()).toMatchObject({ attempt: 1, untilMs: START_MS + 1000 + LEASE_MS })
      expect(await inbox.due()).toBe(START_MS + 1000 + LEASE_MS)
    })

    it('is not appended twice when it is queued', async () => {
      await inbox.leased('1')
      await inbox.accept('2', { owner: 'me' })
      expect(await inbox.accept('2', { owner: 'me' })).toMatchObject({ word: 'accepted', lease: null })
      expect(await inbox.pending()).toEqual(['1', '2'])
      expect(await inbox.field('accepted')).toBe('2')
    })

    it('keeps its lease, with the breaker open too', async () => {
      const { lease } = await inbox.accept('1', { owner: 'me' })
      await inbox.setBot({ breaker: 'telegram', breaker_until: START_MS + 1000 })
      expect((await inbox.accept('1', { owner: 'me' })).lease).toEqual(lease)
    })

    it('keeps fence and attempt after its lease has expired, if no other worker took it', async () => {
      const { lease } = await inbox.accept('1', { owner: 'me' })
      inbox.nowMs += LEASE_MS * 3
      expect((await inbox.accept('1', { owner: 'me' })).lease).toEqual({ ...lease, nowMs: inbox.nowMs })
    })

    it('gets no lease that another worker has taken', async () => {
      await inbox.accept('1', { owner: 'me' })
      inbox.nowMs += LEASE_MS
      const other = await inbox.taken()
      expect(await inbox.accept('1', { owner: 'me' })).toMatchObject({ word: 'accepted', lease: null })
      expect(await inbox.mailbox()).toMatchObject({ owner: other.owner, attempt: 2 })
    })
  })

  describe('Telegram’s second delivery', () => {
    it('is a duplicate, and appends and counts nothing', async () => {
      await inbox.leased('1', { user: '5', rate: { requests: 3, windowMs: 60_000 } })
      await inbox.sweep()
      const before = await inbox.dump()
      expect(await inbox.accept('1', { user: '5', rate: { requests: 3, windowMs: 60_000 } })).toMatchObject({
        word: 'duplicate',
        lease: null,
        waitMs: 0,
      })
      expect(await inbox.dump()).toEqual(before)
    })

    it('does not wait for a throttle that is over', async () => {
      await inbox.setBot({ breaker: 'throttled', breaker_until: inbox.nowMs - 1 })
      expect(await inbox.accept('1')).toMatchObject({ lease: { updateId: '1' }, waitMs: 0 })
    })

    it('makes no mailbox again after a sweep purged it', async () => {
      await inbox.settle(await inbox.leased('1'))
      inbox.nowMs += HOUR_MS
      await inbox.sweep()
      expect(await inbox.mailbox()).toBeNull()
      expect(await inbox.accept('1')).toMatchObject({ word: 'duplicate', lease: null })
      expect(await inbox.mailbox()).toBeNull()
    })

    it('is a duplicate of a settled update, and of a dead letter', async () => {
      await inbox.settle(await inbox.leased('1'))
      expect(await inbox.accept('1')).toMatchObject({ word: 'duplicate', lease: null })
      await inbox.dies(await inbox.leased('2'))
      expect(await inbox.accept('2')).toMatchObject({ word: 'duplicate', lease: null })
      expect(await inbox.pending()).toEqual([])
    })

    it('takes the mailbox of a worker that was killed', async () => {
      const lost = await inbox.filled(['1', '2'])
      inbox.nowMs += LEASE_MS
      const { word, lease } = await inbox.accept('2', { owner: 'me' })
      expect(word).toBe('duplicate')
      expect(lease).toEqual({
        ...lost,
        owner: 'me',
        fence: String(inbox.nowMs),
        attempt: 2,
        nowMs: inbox.nowMs,
      })
      expect(await inbox.pending()).toEqual(['1', '2'])
      expect(await inbox.due()).toBe(inbox.nowMs + LEASE_MS)
    })

    it.each([
      ['47 h 59 m', 48 * HOUR_MS - 60_000, 'duplicate', 0],
      ['48 h 1 m', 48 * HOUR_MS + 60_000, 'accepted', 1],
    ])('is known after %s: %s', async (_, ms, word, pending) => {
      await inbox.settle(await inbox.leased('1'))
      await inbox.pass(ms, [inbox.keys.seen('1')])
      expect((await inbox.accept('1')).word).toBe(word)
      expect(await inbox.pending()).toHaveLength(pending)
    })

    it('does not extend the time for which its id is stored', async () => {
      await inbox.leased('1')
      await inbox.pass(HOUR_MS, [inbox.keys.seen('1')])
      await inbox.accept('1')
      expect(Number(await inbox.raw('PTTL', inbox.keys.seen('1')))).toBeLessThanOrEqual(47 * HOUR_MS)
    })

    it('is new with a lower id: there is no high-water mark', async () => {
      await inbox.leased('900000000')
      expect((await inbox.accept('800000000')).word).toBe('accepted')
    })
  })

  describe('an existing lease', () => {
    it('is free in the millisecond in which it ends, not before', async () => {
      const old = await inbox.leased('1')
      inbox.nowMs += LEASE_MS - 1
      expect((await inbox.accept('2')).lease).toBeNull()
      inbox.nowMs += 1
      const { lease } = await inbox.accept('3')
      expect(lease).toMatchObject({ updateId: '1', attempt: 2, head: old.head })
      expect(Number(lease?.fence)).toBeGreaterThan(Number(old.fence))
      expect(await inbox.pending()).toEqual(['1', '2', '3'])
    })

    it('gives every new lease a higher fence, while the clock stands still or goes back', async () => {
      const first = await inbox.leased('1')
      await inbox.settle(first)
      const second = await inbox.leased('2')
      expect(second.fence).toBe(String(START_MS + 1))
      await inbox.settle(second)
      inbox.nowMs -= HOUR_MS
      const third = await inbox.leased('3')
      expect(third.fence).toBe(String(START_MS + 2))
      await inbox.settle(third)
      inbox.nowMs += 2 * HOUR_MS
      expect((await inbox.leased('4')).fence).toBe(String(inbox.nowMs))
    })

    it('that ends too late is free: the clock was set back', async () => {
      await inbox.leased('1')
      inbox.nowMs -= 3 * LEASE_MS
      expect((await inbox.accept('2')).lease).toBeNull()
      inbox.nowMs -= 1
      expect((await inbox.accept('3')).lease).toMatchObject({ updateId: '1', attempt: 2 })
      expect(await inbox.mailbox()).toMatchObject({ untilMs: inbox.nowMs + LEASE_MS })
    })

    it('is not given for a head that waits for its retry, until it is due', async () => {
      await inbox.fail(await inbox.leased('1'), { delayMs: 5000 })
      inbox.nowMs += 4999
      expect(await inbox.accept('2')).toMatchObject({ word: 'accepted', lease: null, waitMs: 0 })
      expect(await inbox.due()).toBe(START_MS + 5000)
      inbox.nowMs += 1
      expect((await inbox.accept('3')).lease).toMatchObject({ updateId: '1', attempt: 2 })
    })
  })

  describe('with the breaker open', () => {
    it.each(['telegram', 'token', 'paused'])('%s: accepts, and leases nothing', async (breaker) => {
      await inbox.setBot({ breaker, breaker_until: START_MS - HOUR_MS, status: 'FAILED' })
      expect(await inbox.accept('1')).toMatchObject({
        word: 'accepted',
        lease: null,
        waitMs: 0,
        sweepDue: false,
        expired: null,
        bot: { breaker, breakerUntilMs: START_MS - HOUR_MS, status: 'FAILED' },
      })
      expect(await inbox.mailbox()).toMatchObject({ owner: '-', attempt: 0, head: '1', sinceMs: START_MS })
      // It is in the index, so the first sweep after the breaker closes finds it.
      expect(await inbox.due()).toBe(START_MS)
      inbox.nowMs += 5
      expect(await inbox.accept('2')).toMatchObject({ word: 'accepted', lease: null })
      expect(await inbox.due()).toBe(START_MS)
      expect(await inbox.pending()).toEqual(['1', '2'])
      await inbox.setBot({ breaker: '' })
      expect((await inbox.accept('3')).lease).toMatchObject({ updateId: '1', attempt: 1 })
    })

    it('throttled: returns the wait to the call that made a head', async () => {
      await inbox.setBot({ breaker: 'throttled', breaker_until: START_MS + 700 })
      expect(await inbox.accept('1')).toMatchObject({ lease: null, waitMs: 700 })
      expect(await inbox.accept('2')).toMatchObject({ lease: null, waitMs: 0 })
      inbox.nowMs += 699
      expect(await inbox.accept('3', { chat: STRANGER })).toMatchObject({ lease: null, waitMs: 1 })
      inbox.nowMs += 1
      expect((await inbox.accept('4')).lease).toMatchObject({ updateId: '1' })
    })

    it('throttled for too long: the clock was set back, and the breaker is not open', async () => {
      await inbox.setBot({ breaker: 'throttled', breaker_until: START_MS + 60_000 })
      expect(await inbox.accept('1')).toMatchObject({ lease: null, waitMs: 60_000 })
      inbox.nowMs -= 1
      expect((await inbox.accept('2')).lease).toMatchObject({ updateId: '1' })
    })
  })

  describe('work stealing', () => {
    const cold = async () => {
      await inbox.leased('1', { chat: NEIGHBOUR })
      await inbox.sweep()
      inbox.nowMs += LEASE_MS + 1
    }

    it('returns one expired mailbox of the shard, not its own', async () => {
      await cold()
      expect((await inbox.accept('2')).expired).toBe(NEIGHBOUR)
    })

    it('returns the one that is overdue longest', async () => {
      await inbox.leased('1', { chat: OTHER_NEIGHBOUR })
      inbox.nowMs += 1
      await inbox.leased('2', { chat: NEIGHBOUR })
      inbox.nowMs += LEASE_MS
      expect((await inbox.accept('3')).expired).toBe(OTHER_NEIGHBOUR)
    })

    it('returns none that is not overdue, empty, or its own', async () => {
      await inbox.leased('1', { chat: NEIGHBOUR })
      await inbox.settle(await inbox.leased('2', { chat: OTHER_NEIGHBOUR }))
      inbox.nowMs += LEASE_MS - 1
      expect((await inbox.accept('3')).expired).toBeNull()
      inbox.nowMs += 1000
      await inbox.taken(NEIGHBOUR)
      inbox.nowMs += LEASE_MS - 1
      expect(await inbox.accept('4')).toMatchObject({ expired: null, lease: { updateId: '3' } })
    })

    it('does not return its own mailbox when the index has it before its lease ends', async () => {
      await inbox.leased('1')
      await inbox.raw('ZADD', inbox.dueKey(), '1', CHAT)
      expect(await inbox.accept('2')).toMatchObject({ lease: null, expired: null })
    })

    it('checks a shard at most once a second', async () => {
      await cold()
      expect((await inbox.accept('2')).expired).toBe(NEIGHBOUR)
      inbox.nowMs += 999
      expect((await inbox.accept('3')).expired).toBeNull()
      inbox.nowMs += 1
      expect((await inbox.accept('4')).expired).toBe(NEIGHBOUR)
    })

    it('checks again at once after the clock was set back', async () => {
      await cold()
      expect((await inbox.accept('2')).expired).toBe(NEIGHBOUR)
      await inbox.setField('peeked_at', String(inbox.nowMs + HOUR_MS))
      expect((await inbox.accept('3')).expired).toBe(NEIGHBOUR)
    })

    it('does not check when no other update is pending', async () => {
      await inbox.leased('1')
      expect(await inbox.field('peeked_at')).toBeNull()
      await inbox.accept('2')
      expect(await inbox.field('peeked_at')).toBe(String(START_MS))
    })

    it('returns none while a breaker is open', async () => {
      await cold()
      await inbox.setBot({ breaker: 'paused' })
      expect((await inbox.accept('2')).expired).toBeNull()
    })
  })

  describe('sweepDue', () => {
    it('is true when no sweep has run for the interval', async () => {
      expect((await inbox.accept('1')).sweepDue).toBe(true)
      await inbox.sweep()
      expect((await inbox.accept('2')).sweepDue).toBe(false)
      inbox.nowMs += SWEEP_MS - 1
      expect((await inbox.accept('3', { chat: STRANGER })).sweepDue).toBe(false)
      inbox.nowMs += 1
      expect((await inbox.accept('4', { chat: STRANGER })).sweepDue).toBe(true)
    })

    it('is true when the last sweep is in the future: the clock was set back', async () => {
      await inbox.sweep()
      inbox.nowMs -= SWEEP_MS - 1
      expect((await inbox.accept('1')).sweepDue).toBe(false)
      inbox.nowMs -= 1
      expect((await inbox.accept('2')).sweepDue).toBe(true)
    })

    it('is false while a breaker is open', async () => {
      await inbox.setBot({ breaker: 'telegram' })
      expect((await inbox.accept('1')).sweepDue).toBe(false)
    })
  })

  describe('the sender’s rate', () => {
    const rate = { requests: 2, windowMs: 60_000 }
    const send = async (id: string, given: Parameters<Inbox['accept']>[1] = {}) => {
      const chat = given.chat ?? CHAT
      await inbox.accept(id, { user: '42', rate, ...given })
      const texts = [(await inbox.head(chat)) ?? '', ...(await inbox.backlog(chat))]
      const envelope = texts.map(readEnvelope).find((each) => each?.updateId === id)
      return envelope?.rate
    }

    it('is ok up to the limit, then one notice, then silence', async () => {
      expect([await send('1'), await send('2'), await send('3'), await send('4'), await send('5')]).toEqual([
        'ok',
        'ok',
        'notice',
        'drop',
        'drop',
      ])
    })

    it('starts a new window with the first request after the old one', async () => {
      expect([await send('1'), await send('2'), await send('3')]).toEqual(['ok', 'ok', 'notice'])
      inbox.nowMs += 59_999
      expect(await send('4')).toBe('drop')
      inbox.nowMs += 1
      expect([await send('5'), await send('6'), await send('7')]).toEqual(['ok', 'ok', 'notice'])
    })

    it('is counted over all chats of a user, and for each user separately', async () => {
      expect([await send('1'), await send('2', { chat: STRANGER })]).toEqual(['ok', 'ok'])
      expect(await send('3', { chat: NEIGHBOUR })).toBe('notice')
      expect(await send('4', { user: '43' })).toBe('ok')
    })

    it('is not counted with the limit 0, for updates that are no requests, and without a user', async () => {
      const off = { requests: 0, windowMs: 60_000 }
      for (const id of ['1', '2', '3']) expect(await send(id, { rate: off })).toBe('ok')
      for (const id of ['4', '5', '6']) expect(await send(id, { isRequest: false })).toBe('ok')
      for (const id of ['7', '8', '9']) expect(await send(id, { user: null })).toBe('ok')
      expect(await inbox.raw('EXISTS', inbox.keys.peer('42'))).toBe(0)
      expect(await send('10')).toBe('ok')
    })

    it('is not counted for a duplicate', async () => {
      await send('1')
      await inbox.accept('1', { user: '42', rate })
      await inbox.accept('1', { user: '42', rate })
      expect([await send('2'), await send('3')]).toEqual(['ok', 'notice'])
    })

    it('expires 400 days after the last month in which the user wrote', async () => {
      const key = inbox.keys.peer('42')
      const left = async () => Number(await inbox.raw('PTTL', key))
      await send('1')
      expect(await left()).toBeGreaterThan(399 * 86_400_000)
      expect(await left()).toBeLessThanOrEqual(400 * 86_400_000)
      await inbox.raw('PEXPIRE', key, '5000000')
      await send('2')
      expect(await left()).toBeLessThanOrEqual(5_000_000)
      inbox.nowMs += 31 * 86_400_000
      await send('3')
      expect(await left()).toBeGreaterThan(399 * 86_400_000)
    })

    it('counts from zero when an edit made its counters unreadable', async () => {
      await inbox.raw('HSET', inbox.keys.peer('42'), 'rate', 'many', 'rate_until', 'soon')
      expect([await send('1'), await send('2'), await send('3')]).toEqual(['ok', 'ok', 'notice'])
    })
  })

  it('writes the user’s language into the envelope', async () => {
    await inbox.raw('HSET', inbox.keys.peer('42'), 'language', 'ru')
    const { lease } = await inbox.accept('1', { user: '42' })
    expect(readEnvelope(lease?.head ?? '')).toMatchObject({ language: 'ru', userId: '42', rate: 'ok' })
    const other = await inbox.accept('2', { user: '43', chat: STRANGER })
    expect(readEnvelope(other.lease?.head ?? '')).toMatchObject({ language: null, userId: '43' })
  })

  describe('it stores unchanged', () => {
    it.each([
      ['NULs and control characters', 'a\u0000b\u0000\r\n\t\u001b\u0085"\\'],
      ['line separators', 'a\u2028b\u2029c\nd'],
      ['lone surrogates, as JSON writes them', JSON.stringify({ text: 'a\ud83db\ude00', '😀': '\u0000' })],
      ['what looks like a header', '1 2 3 4 ok - 0\n1 2 3\n'],
      ['nothing', ''],
      ['%-signs, as string.format and gsub read them', '%s %d %1 %%'],
    ])('%s', async (_, payload) => {
      const lease = await inbox.leased('1', { payload })
      await inbox.accept('2', { payload })
      expect(readEnvelope(lease.head)?.payload).toBe(payload)
      const settled = await inbox.settle(lease)
      if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
      expect(readEnvelope(settled.next.head)?.payload).toBe(payload)
    })

    it('a megabyte, as the head and in the backlog', async () => {
      const payload = `{"text":"${'é😀x'.repeat(150_000)}"}`
      expect(Buffer.byteLength(payload)).toBeGreaterThan(1_000_000)
      const lease = await inbox.leased('1', { payload })
      expect(readEnvelope(lease.head)?.payload === payload).toBe(true)
      await inbox.accept('2', { payload })
      const settled = await inbox.settle(lease)
      if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
      expect(readEnvelope(settled.next.head)?.payload === payload).toBe(true)
    })

    it.each([
      ['of 52 bits', '4503599627370495'],
      ['negative', '-1004503599627370'],
      ['of 53 bits, negative', '-9007199254740991'],
      ['of a chat that has none', 'update:4503599627370495'],
    ])('chat keys with all digits: %s', async (_, chat) => {
      const id = '4503599627370497'
      const lease = await inbox.leased(id, { chat, user: '9007199254740991' })
      expect(lease).toMatchObject({ chatKey: chat, updateId: id })
      expect(readEnvelope(lease.head)).toMatchObject({ updateId: id, userId: '9007199254740991' })
      inbox.nowMs += LEASE_MS
      expect(await inbox.sweep()).toEqual([chat])
      expect(await inbox.taken(chat)).toMatchObject({ chatKey: chat, updateId: id, attempt: 2 })
    })
  })

  /** After any operator's edit, an update is either accepted durably or its id is not stored. */
  describe('after an operator’s edit', () => {
    it.each(['pending', 'accepted', 'swept_at', 'peeked_at', 'breaker_until', 'errors', 'epoch'])(
      'of %s to what is no number, accepts fully',
      async (name) => {
        await inbox.leased('1')
        for (const [index, value] of ['x', '', '1e', '--', 'nil'].entries()) {
          await inbox.setField(name, value)
          expect((await inbox.accept(`2${index}`)).word).toBe('accepted')
        }
        expect(await inbox.pending()).toEqual(['1', '20', '21', '22', '23', '24'])
        expect(Number(await inbox.field('accepted'))).toBeGreaterThan(0)
        expect(Number(await inbox.field('pending'))).toBeGreaterThan(0)
      },
    )

    const cases = (['due', 'peer', 'backlog', 'seen'] as const).flatMap((name) => [
      { name, where: 'an idle mailbox' },
      { name, where: 'a busy mailbox' },
    ])
    it.each(cases)(
      'of $name to another type, accepts into $where, or forgets the id',
      async ({ name, where }) => {
        const key = {
          due: inbox.keys.due(shardOf(CHAT)),
          peer: inbox.keys.peer('5'),
          backlog: inbox.keys.backlog(CHAT),
          seen: inbox.keys.seen('2'),
        }[name]
        const earlier = where === 'a busy mailbox' ? ['1'] : []
        for (const id of earlier) await inbox.leased(id)
        const index = await inbox.due()
        await inbox.raw('DEL', key)
        await inbox.raw(...(name === 'seen' ? ['RPUSH', key, 'x'] : ['SET', key, 'x']))
        const accept = () => inbox.accept('2', { user: '5', rate: { requests: 5, windowMs: 60_000 } })
        const outcome = await accept().catch((error: unknown) => error)
        const isRefused = outcome instanceof Error
        if (isRefused) {
          expect(outcome).toMatchObject({ code: 'wrong_type', definite: true })
          expect(await inbox.raw('EXISTS', inbox.keys.seen('2'))).toBe(0)
        } else expect(outcome).toMatchObject({ word: 'accepted' })
        if (name === 'due') {
          await inbox.raw('DEL', key)
          if (index !== null) await inbox.raw('ZADD', key, String(index), CHAT)
        }
        expect((await accept()).word).toBe(isRefused ? 'accepted' : 'duplicate')
        expect(await inbox.drain()).toEqual([...earlier, '2'])
      },
    )

    it('of a stored id to another type, stores it again with the usual expiry', async () => {
      await inbox.raw('RPUSH', inbox.keys.seen('2'), 'x')
      expect((await inbox.accept('2')).word).toBe('accepted')
      const left = Number(await inbox.raw('PTTL', inbox.keys.seen('2')))
      expect(left).toBeGreaterThan(47 * HOUR_MS)
      expect(left).toBeLessThanOrEqual(48 * HOUR_MS)
    })

    it('of the index to another type, accepts when Telegram delivers again after the repair', async () => {
      const key = inbox.keys.due(shardOf(CHAT))
      await inbox.raw('SET', key, 'x')
      await expect(inbox.accept('1')).rejects.toMatchObject({ code: 'wrong_type', definite: true })
      expect(await inbox.field('pending')).toBeNull()
      await inbox.raw('DEL', key)
      expect((await inbox.accept('1')).lease).toMatchObject({ updateId: '1' })
    })

    it('of the index to another type, keeps an id that needs no write to the index', async () => {
      await inbox.filled(['1', '2'])
      inbox.nowMs += LEASE_MS
      await inbox.raw('DEL', inbox.dueKey())
      await inbox.raw('SET', inbox.dueKey(), 'x')
      await expect(inbox.accept('2')).rejects.toMatchObject({ code: 'wrong_type' })
      await inbox.raw('DEL', inbox.dueKey())
      expect(await inbox.accept('2')).toMatchObject({ word: 'duplicate', lease: { updateId: '1' } })
      expect(await inbox.pending()).toEqual(['1', '2'])
    })

    it('of the shard to another type, stores nothing', async () => {
      await inbox.raw('SET', inbox.keys.shard(shardOf(CHAT)), 'x')
      await expect(inbox.accept('1')).rejects.toMatchObject({ code: 'wrong_type' })
      expect(await inbox.raw('EXISTS', inbox.keys.seen('1'))).toBe(0)
    })

    it('of the backlog to another type, moves the old value aside and continues', async () => {
      const lease = await inbox.leased('1')
      await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
      // The bundled engine has no DUMP.
      const kept = engine === 'native' ? await inbox.raw('DUMP', inbox.keys.backlog(CHAT)) : 'unreadable'
      await inbox.accept('2')
      const aside = (await inbox.raw('HGET', inbox.shardKey(CHAT), `corrupt-backlog:${CHAT}`)) as Buffer
      expect(aside).toEqual(Buffer.from(kept as Buffer | string))
      expect(await inbox.settle(lease)).toMatchObject({ next: { updateId: '2' } })
    })
  })
})
