import { describe, expect, it } from 'vitest'
import { LANES, sweepMailboxes, type SweepDeps } from '../../lib/app/sweep.ts'

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
