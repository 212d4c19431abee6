import { describe, expect, it } from 'vitest'
import type { Accepted } from '../../lib/inbox/accept.ts'
import type { Lease } from '../../lib/inbox/types.ts'
import { follow, type FollowDeps } from '../../lib/worker/follow.ts'

const BOT = { info: '{}', epoch: 1, status: 'OK', breaker: '', breakerUntilMs: 0, errors: 0 }
const LEASE: Lease = {
  chatKey: '42',
  owner: 'me',
  fence: '1',
  attempt: 1,
  updateId: '7',
  head: '',
  nowMs: 0,
}

/** What follow does with an acceptance, in order. */
async function followed(accepted: Partial<Accepted>, initialises = false): Promise<string[]> {
  const trace: string[] = []
  const note = (word: string) => async () => void trace.push(word)
  const deps: FollowDeps = {
    drain: async (lease, _bot, askedMs) => void trace.push(`drain ${lease.updateId} asked at ${askedMs}`),
    takeAndDrain: async (chatKey) => void trace.push(`take ${chatKey}`),
    probe: note('probe'),
    hasInitialised: () => initialises,
    sweep: async (intervalMs) => void trace.push(`sweep ${intervalMs}`),
    sweepIntervalMs: 10_000,
    clock: { monotonicMs: () => 0, sleep: async (ms) => void trace.push(`sleep ${ms}`) },
  }
  const nothing: Accepted = {
    word: 'accepted',
    lease: null,
    bot: BOT,
    expired: null,
    sweepDue: false,
    waitMs: 0,
  }
  await follow(deps, '42', { ...nothing, ...accepted }, 100)
  return trace
}

describe('follow()', () => {
  it('does nothing where another worker has the mailbox', async () => {
    expect(await followed({})).toEqual([])
  })

  it('drains the mailbox that came leased, under the time at which the store was asked', async () => {
    expect(await followed({ lease: LEASE })).toEqual(['drain 7 asked at 100'])
  })

  it('probes a broken bot once', async () => {
    expect(await followed({ bot: { ...BOT, breaker: 'telegram' }, waitMs: 5 })).toEqual(['probe'])
  })

  it('waits for the end of a throttle before it takes the mailbox', async () => {
    expect(await followed({ waitMs: 300 })).toEqual(['sleep 300', 'take 42'])
  })

  it('takes an expired mailbox after its own', async () => {
    const trace = await followed({ lease: LEASE, expired: '9' })
    expect(trace).toEqual(['drain 7 asked at 100', 'take 9'])
  })

  it('sweeps last where a sweep is due, at most once an interval over all instances', async () => {
    expect(await followed({ expired: '9', sweepDue: true })).toEqual(['take 9', 'sweep 10000'])
  })

  it('sweeps at once after it has initialised the bot', async () => {
    const trace = await followed({ lease: LEASE, sweepDue: true }, true)
    expect(trace).toEqual(['drain 7 asked at 100', 'sweep 0'])
  })
})
