import { describe, expect, it } from 'vitest'
import { LANES, sweepHealed, sweepMailboxes, type SweepDeps } from '../../lib/worker/sweep.ts'
import { createTime } from '../support/virtual.ts'

/** An index of `count` mailboxes: what was taken is no longer due. */
function index(
  count: number,
  options: { isOpen?: boolean; drain?: (chatKey: string) => Promise<void> } = {},
) {
  const due = new Set(Array.from({ length: count }, (_, at) => String(at)))
  const seen = { looks: 0, takes: 0, drained: new Set<string>(), errors: [] as unknown[] }
  const deps: SweepDeps = {
    findDue: () => {
      seen.looks++
      return Promise.resolve([...due].slice(0, LANES))
    },
    take: (chatKey) => {
      seen.takes++
      if (options.isOpen || !due.delete(chatKey)) return Promise.resolve(null)
      return Promise.resolve(async () => {
        await options.drain?.(chatKey)
        seen.drained.add(chatKey)
      })
    },
    hasTime: () => true,
    onError: (error) => seen.errors.push(error),
  }
  return { deps, seen }
}

function openGate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}

describe('sweepMailboxes', () => {
  it('drains every mailbox, however many there are', async () => {
    const { deps, seen } = index(500)
    expect(await sweepMailboxes(deps, 0)).toBe(500)
    expect(seen.drained.size).toBe(500)
  })

  it('does nothing when a sweep was recent', async () => {
    const { deps, seen } = index(3)
    expect(await sweepMailboxes({ ...deps, findDue: () => Promise.resolve(null) }, 10_000)).toBeNull()
    expect(seen.takes).toBe(0)
  })

  it('looks once at an index that holds few', async () => {
    const { deps, seen } = index(LANES - 1)
    expect(await sweepMailboxes(deps, 0)).toBe(LANES - 1)
    expect(seen.looks).toBe(1)
  })

  it('stops asking when nothing can be taken', async () => {
    const { deps, seen } = index(500, { isOpen: true })
    expect(await sweepMailboxes(deps, 0)).toBe(0)
    expect(seen.takes).toBeLessThanOrEqual(2 * LANES)
    expect(seen.looks).toBeLessThanOrEqual(2)
  })

  it('lets no mailbox that waits hold up the others', async () => {
    const others = openGate()
    let done = 0
    const { deps } = index(200, {
      drain: async (chatKey) => {
        if (chatKey === '0') await others.promise
        else if (++done === 199) others.resolve()
      },
    })
    expect(await sweepMailboxes(deps, 0)).toBe(200)
  })

  it('goes on after a mailbox that fails, and stops when the time is over', async () => {
    const failing = index(10, {
      drain: (key) => (key === '3' ? Promise.reject(new Error('no')) : Promise.resolve()),
    })
    await sweepMailboxes(failing.deps, 0)
    expect(failing.seen.drained.size).toBe(9)
    expect(failing.seen.errors).toHaveLength(1)
    const late = index(100)
    let left = 5
    await sweepMailboxes({ ...late.deps, hasTime: () => left-- > 0 }, 0)
    expect(late.seen.drained.size).toBeLessThanOrEqual(5)
  })
})

describe('sweepHealed', () => {
  /** As the store answers: nothing is done when somebody swept less than `intervalMs` ago. */
  function store(sweptAtMs: number) {
    const time = createTime(10_000)
    const swept: number[] = []
    let lastMs = sweptAtMs
    const sweep = async (intervalMs: number) => {
      if (time.nowMs - lastMs < intervalMs) return null
      lastMs = time.nowMs
      swept.push(time.nowMs)
      return 3
    }
    return { sweep, swept, time }
  }

  it('sweeps at once where the bot was healed here, also where somebody has just swept', async () => {
    const { sweep, swept, time } = store(10_000)
    expect(await sweepHealed('healed', sweep, time.clock)).toBe(3)
    expect(swept).toEqual([10_000])
  })

  it('of fifty that waited one sweeps, where nobody has of late', async () => {
    const { sweep, swept, time } = store(0)
    // None of them gets on in time before the others have asked.
    const clock = { ...time.clock, sleep: async () => {} }
    const drained = await Promise.all(Array.from({ length: 50 }, () => sweepHealed('over', sweep, clock)))
    expect(swept).toEqual([10_000])
    expect(drained.reduce((sum, count) => sum + count, 0)).toBe(3)
  })

  it('sweeps later where somebody has just swept: that may have been before the healing', async () => {
    const { sweep, swept, time } = store(9500)
    expect(await sweepHealed('over', sweep, time.clock)).toBe(3)
    expect(time.slept).toEqual([1000])
    expect(swept).toEqual([11_000])
  })

  it('leaves it at that where another one sweeps meanwhile', async () => {
    const { sweep, swept, time } = store(9500)
    const sleep = async (ms: number) => {
      time.nowMs += ms
      await sweep(0)
    }
    expect(await sweepHealed('over', sweep, { ...time.clock, sleep })).toBe(0)
    expect(swept).toEqual([11_000])
  })
})
