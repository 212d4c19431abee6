import { describe, expect, it } from 'vitest'
import type { Shard, Tick } from '../../lib/contract.ts'
import { compare, merge, totalsOf } from '../../lib/panel/state/merge.ts'
import { AT, shard, slot, status } from './known.ts'

const told = (shards: Shard[]): Tick => ({ now: AT[2], shards })

describe('merge', () => {
  it('adds what a shard has counted since, once, whatever the other shards have', () => {
    const before = status(
      [
        shard(0, { slots: [slot(AT[1], { accepted: 3 })] }),
        shard(1, { slots: [slot(AT[1], { accepted: 4 })] }),
      ],
      [slot(AT[1], { accepted: 7 })],
    )
    const tick = shard(0, { accepted: 12, slots: [slot(AT[1], { accepted: 5, failed: 1 })] })
    const once = merge(before, told([tick]))
    expect(once.timestamp).toBe(AT[2])
    expect(once.detail?.history.slots).toEqual([slot(AT[1], { accepted: 9, failed: 1 })])
    expect(merge(once, told([tick])).detail?.history.slots).toEqual(once.detail?.history.slots)
    expect(totalsOf(once)).toMatchObject({ accepted: 22, settled: 20, pending: 0 })
  })

  it('goes on over a change of slots, where each shard changes at its own tick', () => {
    let known = status(
      [shard(0, { slots: [slot(AT[0], { dead: 1 }), slot(AT[1], { accepted: 1 })] }), shard(1)],
      [slot(AT[0], { dead: 1 }), slot(AT[1], { accepted: 1 })],
    )
    known = merge(
      known,
      told([shard(0, { slots: [slot(AT[1], { accepted: 2 }), slot(AT[2], { accepted: 5 })] })]),
    )
    known = merge(known, told([shard(1, { slots: [slot(AT[1], { accepted: 8 })] })]))
    known = merge(known, told([shard(0, { slots: [slot(AT[2], { accepted: 6 })] })]))
    expect(known.detail?.history.slots).toEqual([
      slot(AT[0], { dead: 1 }),
      slot(AT[1], { accepted: 10 }),
      slot(AT[2], { accepted: 6 }),
    ])
  })

  it('keeps the latest of the times, and what it knows where the store is away', () => {
    const known = status([shard(0, { last_settled_at: AT[1] }), shard(1, { last_settled_at: AT[0] })])
    expect(totalsOf(known)?.lastSettledAt).toBe(AT[1])
    const away = { ...known, detail: null }
    expect(merge(away, told([shard(0)]))).toBe(away)
    expect(totalsOf(away)).toBeNull()
  })
})

describe('compare', () => {
  const known = status([
    shard(0, { slots: [slot(AT[0], { failed: 2 }), slot(AT[1], { failed: 1 })] }),
    shard(1),
  ])
  const same = known.detail?.shards[0] ?? shard(0)

  it.each([
    ['same', {}],
    // Nobody knows yet how old it is.
    ['changed', { pending: 1 }],
    ['moved', { accepted: 11 }],
    ['moved', { bot: { ...same.bot, errors: 1 } }],
    ['same', { slots: [slot(AT[1], { failed: 1 }), slot(AT[2])] }],
    // What failed before the slots of a tick is no news.
    ['same', { slots: [] }],
    ['same', { slots: [slot(AT[2], { accepted: 1 })] }],
    ['changed', { slots: [slot(AT[1], { failed: 1 }), slot(AT[2], { failed: 1 })] }],
    ['changed', { slots: [slot(AT[1], { failed: 1, dead: 1 })] }],
    ['changed', { bot: { ...same.bot, epoch: 2 } }],
    ['changed', { bot: { ...same.bot, breaker: 'token' } }],
    ['changed', { bot: { ...same.bot, status: 'FAILED' } }],
  ] as const)('says %s for %j', (word, fields) => {
    expect(compare(known, [{ ...same, ...fields } as typeof same])).toBe(word)
  })

  it('says moved for what comes to what is pending already', () => {
    const busy = status([same, shard(1, { pending: 2 })])
    expect(compare(busy, [{ ...same, pending: 1 }])).toBe('moved')
    expect(compare(busy, [shard(1, { pending: 1 })])).toBe('moved')
  })

  it('says changed for a shard that was not known', () => {
    expect(compare(known, [shard(7)])).toBe('changed')
  })
})
