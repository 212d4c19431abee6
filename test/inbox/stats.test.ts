/** The statistics that accept, settle and fail write. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { countOf, readSlot, SLOT_MS, SLOTS, statsField } from '../../lib/stats.ts'
import { textUpdate } from '../support/fake-telegram.ts'
import { CHAT, LEASE_MS, NEIGHBOURS, openInbox, STRANGERS, type Inbox } from '../support/inbox.ts'
import { describeEngines } from '../support/store.ts'
import { describeSystem, openWorld, type World } from '../support/world.ts'

const [NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = ''] = STRANGERS

describeEngines('statistics', (engine) => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = openInbox(engine)
  })
  afterEach(() => inbox.cleanup())

  const counts = async (chat = CHAT) => {
    const slot = await inbox.slot(chat)
    return slot && [slot.accepted, slot.settled, slot.failed, slot.dead]
  }
  /** The buckets of durations, as [bucket, count]. */
  const durations = async (which: 'ack' | 'endToEnd') =>
    [...((await inbox.slot())?.[which] ?? []).entries()].filter(([, count]) => count > 0)
  const setText = (text: string) => inbox.setField(statsField(inbox.nowMs), text)
  const text = () => inbox.field(statsField(inbox.nowMs))

  it('count each accepted update once', async () => {
    await inbox.accept('1', { owner: 'a' })
    expect(await text()).toBe(`${Math.floor(inbox.nowMs / SLOT_MS)} 1 0 0 0 - -`)
    await inbox.accept('1', { owner: 'a' })
    await inbox.accept('1', { owner: 'b' })
    expect(await counts()).toEqual([1, 0, 0, 0])
    await inbox.accept('2')
    await inbox.accept('3', { chat: NEIGHBOUR })
    await inbox.accept('4', { chat: STRANGER })
    expect(await counts()).toEqual([3, 0, 0, 0])
    expect(await counts(STRANGER)).toEqual([1, 0, 0, 0])
  })

  it('count each settled update once, and how long it took', async () => {
    const lease = await inbox.filled(['1', '2'])
    inbox.nowMs += 1000
    const settled = await inbox.settle(lease, { ackMs: 12.4 })
    await inbox.settle(lease, { ackMs: 12.4 })
    expect(await counts()).toEqual([2, 1, 0, 0])
    expect(await durations('ack')).toEqual([[8, 1]])
    expect(await durations('endToEnd')).toEqual([[20, 1]])
    if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
    inbox.nowMs += 500
    await inbox.settle(settled.next)
    expect(await counts()).toEqual([2, 2, 0, 0])
    expect(await durations('ack')).toEqual([[8, 1]])
    expect(await durations('endToEnd')).toEqual([
      [20, 1],
      [22, 1],
    ])
  })

  it('count nothing for a call under a lost lease', async () => {
    const lease = await inbox.leased('1')
    await inbox.settle({ ...lease, owner: 'nobody' }, { ackMs: 1 })
    await inbox.fail({ ...lease, owner: 'nobody' }, { action: 'dead', countsAsError: true })
    expect(await counts()).toEqual([1, 0, 0, 0])
    expect(await durations('ack')).toEqual([])
  })

  it('count a settlement once when the error counter must be zeroed first', async () => {
    const lease = await inbox.leased('1')
    await inbox.setBot({ errors: 3 })
    await inbox.settle(lease, { ackMs: 5 })
    expect(await counts()).toEqual([1, 1, 0, 0])
    expect(await durations('ack')).toEqual([[5, 1]])
  })

  it.each([
    [{ action: 'retry', countsAsError: true }, 1, 0],
    [{ action: 'retry', countsAsError: false }, 0, 0],
    [{ action: 'wait', countsAsError: false, limited: true }, 0, 0],
    [{ action: 'dead', countsAsError: true }, 1, 1],
    [{ action: 'dead', countsAsError: false }, 0, 1],
    [{ action: 'dead', countsAsError: true, outage: true, breaker: 'telegram' }, 1, 0],
  ] as const)('count the failure %j once', async (failure, failed, dead) => {
    const lease = await inbox.leased('1')
    await inbox.fail(lease, failure)
    expect(await counts()).toEqual([1, 0, failed, dead])
    await inbox.fail(lease, failure)
    expect(await counts()).toEqual([1, 0, failed, dead])
    expect(await durations('endToEnd')).toEqual([])
  })

  it.each([
    [0, 0],
    [1, 0],
    [2, 2],
    [3, 4],
    [4, 4],
    [5, 5],
    [8, 6],
    [9, 7],
    [2 ** 18, 36],
    [2 ** 18 + 1, 37],
    [2 ** 20, 40],
    [2 ** 20 + 1, 40],
    [86_400_000, 40],
  ])('put %d ms into bucket %d', async (tookMs, bucket) => {
    const lease = await inbox.leased('1')
    inbox.nowMs += tookMs
    await inbox.settle(lease, { ackMs: tookMs })
    expect(await durations('ack')).toEqual([[bucket, 1]])
    expect(await durations('endToEnd')).toEqual([[bucket, 1]])
  })

  it('count a duration of zero after the clock was set back', async () => {
    const lease = await inbox.leased('1')
    inbox.nowMs -= 30
    await inbox.settle(lease)
    expect(await durations('endToEnd')).toEqual([[0, 1]])
  })

  it('have no duration for an unreadable head', async () => {
    const lease = await inbox.filled(['1', '2'])
    await inbox.raw('LSET', inbox.keys.backlog(CHAT), '0', 'nonsense')
    const settled = await inbox.settle(lease)
    if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
    await inbox.settle(settled.next)
    expect(await counts()).toEqual([2, 2, 0, 0])
    expect(await durations('endToEnd')).toEqual([[0, 1]])
  })

  it('start again in the next slot, and keep the one before', async () => {
    const before = inbox.nowMs
    await inbox.settle(await inbox.leased('1'), { ackMs: 1 })
    inbox.nowMs += SLOT_MS
    const lease = await inbox.leased('2')
    expect(await counts()).toEqual([1, 0, 0, 0])
    inbox.nowMs += SLOT_MS
    await inbox.fail(lease, { countsAsError: true })
    expect(await counts()).toEqual([0, 0, 1, 0])
    const first = readSlot(await inbox.field(statsField(before)))
    expect([first?.slot, first?.accepted, first?.settled]).toEqual([Math.floor(before / SLOT_MS), 1, 1])
  })

  it('start again when the field holds an earlier day', async () => {
    await inbox.settle(await inbox.leased('1'), { ackMs: 1 })
    inbox.nowMs += SLOTS * SLOT_MS
    const lease = await inbox.leased('2')
    expect(await counts()).toEqual([1, 0, 0, 0])
    expect(await durations('ack')).toEqual([])
    inbox.nowMs += SLOTS * SLOT_MS
    await inbox.settle(lease)
    expect(await counts()).toEqual([0, 1, 0, 0])
    inbox.nowMs += SLOTS * SLOT_MS
    await inbox.fail(await inbox.leased('3'))
    expect(await counts()).toEqual([1, 0, 0, 0])
  })

  it.each([
    'nonsense',
    '',
    '5666666',
    'SLOT 1 2 3 4 - ',
    'SLOT 1 2 3 4 - - -',
    'SLOT 1 2 3 4 x -',
    'SLOT 1 2 3 4 - 5:',
    'SLOT 1 2 3 4 1:2, -',
    'SLOT 1 2 3 4 --- -',
    'SLOT -1 2 3 4 - -',
    'SLOT 1.5 2 3 4 - -',
    'SLOT nan inf 3 4 - -',
  ])('read %j as an empty slot, in every script', async (spoilt) => {
    const present = spoilt.replace('SLOT', String(Math.floor(inbox.nowMs / SLOT_MS)))
    await setText(present)
    const lease = await inbox.leased('1')
    expect(await counts()).toEqual([1, 0, 0, 0])
    await setText(present)
    await inbox.fail(lease, { countsAsError: true, delayMs: 0 })
    expect(await counts()).toEqual([0, 0, 1, 0])
    await setText(present)
    await inbox.settle(await inbox.taken(), { ackMs: 1 })
    expect(await counts()).toEqual([0, 1, 0, 0])
    expect(await durations('ack')).toEqual([[0, 1]])
  })

  it('continue with any readable numbers after an edit', async () => {
    const slot = Math.floor(inbox.nowMs / SLOT_MS)
    await setText(`${slot} 99999999999999999999 2 3 4 77:1,3:2 -`)
    await inbox.settle(await inbox.leased('1'), { ackMs: 1 })
    const { accepted, settled, ack } = (await inbox.slot()) ?? {}
    expect([accepted, settled]).toEqual([1e20, 3])
    expect(countOf(ack ?? [])).toBe(3)
  })

  it('do not stop the take of an expired lease', async () => {
    await setText('x')
    await inbox.leased('1')
    inbox.nowMs += LEASE_MS
    await setText('x')
    await inbox.settle(await inbox.taken())
    expect(await counts()).toEqual([0, 1, 0, 0])
  })
})

describeSystem('statistics of whole requests', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  const slots = async () => {
    const keys = Array.from({ length: 8 }, (_, index) => `${world.store.prefix}:shard:${index}`)
    const replies = await world.store.raw.pipeline(keys.map((key) => ['HVALS', key]))
    return (replies as Buffer[][]).flat().flatMap((value) => readSlot(value.toString()) ?? [])
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
  const totals = async () => {
    const all = await slots()
    return {
      accepted: sum(all.map(({ accepted }) => accepted)),
      settled: sum(all.map(({ settled }) => settled)),
      ack: sum(all.map(({ ack }) => countOf(ack))),
      endToEnd: sum(all.map(({ endToEnd }) => countOf(endToEnd))),
    }
  }

  it('have the time to the 200 only of updates that their own invocation settled', async () => {
    const first = textUpdate('/ping one', 5)
    world.telegram.switches.latencyMs = 300
    // The second waits behind the first, whose invocation settles both.
    expect(await world.post(first)).toMatchObject({ status: 200 })
    expect(await world.post(textUpdate('/ping two', 5))).toMatchObject({ status: 200 })
    expect(await world.post(first)).toMatchObject({ status: 200 })
    world.telegram.switches.latencyMs = 0
    await world.drained()
    expect(await totals()).toEqual({ accepted: 2, settled: 2, ack: 1, endToEnd: 2 })
  })
})
