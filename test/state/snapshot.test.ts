import { afterAll, beforeEach, expect, it } from 'vitest'
import { StoreError } from '../../lib/errors.ts'
import { noteUnhealthy } from '../../lib/operator/alerts.ts'
import { readSnapshot, type Snapshot } from '../../lib/state/snapshot.ts'
import { accept } from '../../lib/inbox/accept.ts'
import { fail, type Failure } from '../../lib/inbox/fail.ts'
import { keepMalformed } from '../../lib/inbox/malformed.ts'
import { settle } from '../../lib/inbox/settle.ts'
import { findDue } from '../../lib/inbox/sweep.ts'
import type { Lease } from '../../lib/inbox/types.ts'
import { shardOf, SHARDS } from '../../lib/redis.ts'
import { writeState } from '../support/bot-state.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { createTime, openVirtualStore, type VirtualStore, type VirtualTime } from '../support/virtual.ts'

const LEASE_MS = 15_000

describeEngines('the snapshot', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  let lastId: number
  beforeEach(() => {
    time = createTime()
    store = openVirtualStore(test, time)
    lastId = 0
  })

  async function acceptOne(chatKey: string): Promise<Lease | null> {
    const updateId = String(++lastId)
    const settings = {
      owner: `owner${updateId}`,
      leaseMs: LEASE_MS,
      rateLimit: { requests: 0, windowMs: 1 },
      sweepIntervalMs: 10_000,
    }
    const update = { updateId, chatKey, userId: null, isRequest: true }
    return (await accept(store, update, '{}', settings)).lease
  }
  const leaseOf = async (chatKey: string): Promise<Lease> => {
    const lease = await acceptOne(chatKey)
    if (lease === null) throw new Error('the mailbox is taken')
    return lease
  }
  const end = (lease: Lease) => settle(store, lease, { leaseMs: LEASE_MS, takeNext: true, errors: 0 })
  const failed = (action: Failure['action'], delayMs = 0): Failure => ({
    action,
    delayMs,
    countsAsError: true,
    breaker: '',
    outage: false,
    limited: false,
    cause: '{}',
  })
  const expectSnapshot = async (...parts: Partial<Snapshot>[]) =>
    expect(await readSnapshot(store)).toMatchObject(Object.assign({}, ...parts) as object)

  it('of an empty store has zeros and nulls', async () => {
    const counts = {
      pending: 0,
      accepted: 0,
      settled: 0,
      mailboxes: 0,
      inFlight: 0,
      malformed: 0,
      refused: 0,
    }
    const times = {
      lastAcceptedAtMs: null,
      lastSettledAtMs: null,
      lastSweepAtMs: null,
      unhealthySinceMs: null,
    }
    const boxes = { oldestAtMs: null, firstDueAtMs: null, deadLetters: 0, deadLettersDropped: 0 }
    const breaker = { breaker: '', breakerUntilMs: 0, breakerTries: 0 }
    const bot = { botStatus: 'UNKNOWN', errors: 0, epoch: 0, info: null, reinitializedAtMs: null }
    const look = { checkedAtMs: null, ok: false, url: '', matches: null, pendingUpdateCount: 0 }
    const faults = { lastError: null, lastErrorAtMs: null, error: null, repairedAtMs: null }
    expect(await readSnapshot(store)).toEqual({
      nowMs: time.nowMs,
      ...counts,
      ...times,
      ...boxes,
      ...breaker,
      ...bot,
      telegram: { ...look, ...faults },
    })
  })

  it('counts updates through acceptance, processing, failure and settlement', async () => {
    const start = time.nowMs
    const first = await leaseOf('1')
    time.nowMs += 100
    const second = await leaseOf('2')
    await acceptOne('2')
    time.nowMs += 100
    const third = await leaseOf('-1003')
    await expectSnapshot(
      { pending: 4, accepted: 4, settled: 0, mailboxes: 3, inFlight: 3, oldestAtMs: start },
      { firstDueAtMs: start + LEASE_MS, lastAcceptedAtMs: start + 200, lastSettledAtMs: null },
    )
    time.nowMs += 100
    await end(first)
    await fail(store, third, failed('retry', 60_000))
    await expectSnapshot(
      { pending: 3, settled: 1, mailboxes: 2, inFlight: 1, oldestAtMs: start + 100, errors: 1 },
      { firstDueAtMs: start + 100 + LEASE_MS, lastSettledAtMs: start + 300 },
    )
    time.nowMs += 100
    await fail(store, second, failed('dead'))
    const parked = { pending: 2, mailboxes: 2, inFlight: 0, deadLetters: 1, errors: 2 }
    await expectSnapshot(parked, { oldestAtMs: start + 100, firstDueAtMs: start + 400 })
  })

  it('does not count idle mailboxes', async () => {
    for (const key of ['1', '2', '3']) await end(await leaseOf(key))
    const idle = { pending: 0, accepted: 3, settled: 3, mailboxes: 0, inFlight: 0 }
    await expectSnapshot(idle, { oldestAtMs: null, firstDueAtMs: null })
  })

  it('has the times of the sweep and the unhealthy state, and counts malformed bodies and dropped letters', async () => {
    await findDue(store, { intervalMs: 0, limit: 1 })
    await keepMalformed(store, 'not JSON', 'x')
    await noteUnhealthy(store, true)
    await store.test.redis.hset(store.keys.dead, { '#dropped': '5' })
    await expectSnapshot({
      lastSweepAtMs: time.nowMs,
      unhealthySinceMs: time.nowMs,
      malformed: 1,
      deadLettersDropped: 5,
    })
  })

  it("has the bot's state", async () => {
    await writeState(store, { info: '{"id":7}', epoch: '4', status: 'FAILED', errors: '12' })
    await writeState(store, { breaker: 'telegram', breaker_until: '1790000000002', breaker_tries: '3' })
    await writeState(store, { reinitialized_at: '1790000000001' })
    await expectSnapshot(
      { info: '{"id":7}', epoch: 4, botStatus: 'FAILED', errors: 12, reinitializedAtMs: 1_790_000_000_001 },
      { breaker: 'telegram', breakerUntilMs: 1_790_000_000_002, breakerTries: 3 },
    )
  })

  it('has no throttle that is over', async () => {
    await writeState(store, { breaker: 'throttled', breaker_until: String(time.nowMs + 1) })
    await expectSnapshot({ breaker: 'throttled' })
    time.nowMs += 1
    await expectSnapshot({ breaker: '' })
  })

  it('of hundreds of mailboxes in all shards is exact', async () => {
    const start = time.nowMs
    const keys = Array.from({ length: 240 }, (_, i) => String(7_000_000_000 + i * 31))
    expect(new Set(keys.map(shardOf)).size).toBe(SHARDS)
    const leases: Lease[] = []
    for (const key of keys) {
      time.nowMs += 10
      leases.push(await leaseOf(key))
    }
    // The oldest is settled; every third of the others waits for its retry.
    await Promise.all(leases.flatMap((lease, i) => (i === 0 ? [end(lease)] : [])))
    const parked = leases.filter((_, i) => i > 0 && i % 3 === 0)
    await Promise.all(parked.map((lease) => fail(store, lease, failed('retry', 5))))
    await expectSnapshot(
      { pending: 239, accepted: 240, settled: 1, mailboxes: 239, inFlight: 239 - parked.length },
      { oldestAtMs: start + 20, firstDueAtMs: time.nowMs + 5, lastAcceptedAtMs: time.nowMs },
    )
  })

  it('of a shard with more mailboxes than the sample finds the oldest at either end of the index', async () => {
    const keys: string[] = []
    for (let id = 1; keys.length < 230; id++) if (shardOf(String(id)) === 3) keys.push(String(id))
    const leases = []
    for (const key of keys) {
      time.nowMs += 1
      leases.push(await leaseOf(key))
    }
    const start = time.nowMs - keys.length + 1
    expect(await readSnapshot(store)).toMatchObject({ mailboxes: 230, inFlight: 200, oldestAtMs: start })
    // The longest wait is at the other end of the index.
    await fail(store, leases[0] as Lease, failed('retry', 3_600_000))
    const after = { mailboxes: 230, oldestAtMs: start, firstDueAtMs: start + 1 + LEASE_MS }
    expect(await readSnapshot(store)).toMatchObject(after)
  })

  it('counts from zero when an edit made a counter unreadable', async () => {
    await leaseOf('1')
    const spoilt = { accepted: 'many', accepted_at: 'today', settled: '', pending: 'x' }
    await store.test.redis.hset(store.keys.shard(shardOf('1')), spoilt)
    await writeState(store, { errors: 'many', epoch: 'x' })
    await expectSnapshot({
      pending: 0,
      accepted: 0,
      lastAcceptedAtMs: null,
      mailboxes: 1,
      errors: 0,
      epoch: 0,
    })
  })

  it('skips mailboxes of the index that are empty, unreadable or missing', async () => {
    await leaseOf('1')
    const shard = shardOf('1')
    const others = Array.from({ length: 200 }, (_, i) => String(i + 2)).filter(
      (chat) => shardOf(chat) === shard,
    )
    const [empty = '', unreadable = '', missing = ''] = others
    await end(await leaseOf(empty))
    await test.raw.command('HSET', store.keys.shard(shard), `m:${unreadable}`, 'nonsense')
    for (const chat of [empty, unreadable, missing])
      await test.raw.command('ZADD', store.keys.due(shard), String(time.nowMs + 60_000), chat)
    await expectSnapshot({ mailboxes: 4, inFlight: 1, oldestAtMs: time.nowMs })
  })

  it('throws for a reply of another shape', async () => {
    for (const reply of [['snapshot'], ['nonsense', ...Array.from({ length: 33 }, () => '0')]]) {
      await expect(readSnapshot({ ...store, run: async () => reply })).rejects.toBeInstanceOf(StoreError)
    }
  })
})
