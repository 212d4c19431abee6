/** Reading the statistics that the scripts leave. */
import { describe, expect, it } from 'vitest'
import {
  countOf,
  mergeHistograms,
  mergeSlots,
  percentile,
  readSlot,
  SLOT_MS,
  SLOTS,
  statsField,
} from '../lib/stats.ts'

describe('a slot’s text', () => {
  it('is read field by field', () => {
    const slot = readSlot('5666666 7 5 2 1 3:4,40:1 0:6')
    expect(slot).toMatchObject({ slot: 5666666, atMs: 5666666 * SLOT_MS, accepted: 7, settled: 5 })
    expect(slot).toMatchObject({ failed: 2, dead: 1 })
    expect(slot?.ack[3]).toBe(4)
    expect(slot?.ack[40]).toBe(1)
    expect(countOf(slot?.ack ?? [])).toBe(5)
    expect(countOf(slot?.endToEnd ?? [])).toBe(6)
  })

  it('has two histograms that may be empty', () => {
    const slot = readSlot('1 0 0 0 0 - -')
    expect(countOf(slot?.ack ?? [1])).toBe(0)
    expect(countOf(slot?.endToEnd ?? [1])).toBe(0)
  })

  it.each([
    null,
    undefined,
    '',
    'nonsense',
    '1 2 3 4 5 -',
    '1 2 3 4 5 - - -',
    '1 2 3 4 5 - 3:',
    '1 2 3 4 5 3:4,,5:6 -',
    '-1 2 3 4 5 - -',
    '1 2 3 4 5 - -\n',
    ' 1 2 3 4 5 - -',
  ])('that reads %j is none', (text) => {
    expect(readSlot(text)).toBeNull()
  })

  it('with a bucket that does not exist is read without it', () => {
    expect(countOf(readSlot('1 2 3 4 5 41:9,2:1 -')?.ack ?? [])).toBe(1)
  })
})

it('a field is used again after a day', () => {
  const nowMs = 1_700_000_000_000
  expect(statsField(nowMs)).toBe(`s:${Math.floor(nowMs / SLOT_MS) % SLOTS}`)
  expect(statsField(nowMs + SLOTS * SLOT_MS)).toBe(statsField(nowMs))
  const fields = Array.from({ length: SLOTS }, (_, index) => statsField(nowMs + index * SLOT_MS))
  expect(new Set(fields).size).toBe(SLOTS)
})

describe('slots of several shards', () => {
  const read = (text: string) => readSlot(text) ?? expect.fail(text)

  it('are added up by their number, the oldest first', () => {
    const merged = mergeSlots([
      read('9 1 2 3 4 1:1 2:2'),
      read('7 1 0 0 0 - -'),
      read('9 10 20 30 40 1:10,3:1 40:1'),
    ])
    expect(merged.map(({ slot }) => slot)).toEqual([7, 9])
    expect(merged[1]).toMatchObject({ atMs: 9 * SLOT_MS, accepted: 11, settled: 22, failed: 33, dead: 44 })
    expect(merged[1]?.ack[1]).toBe(11)
    expect(countOf(merged[1]?.endToEnd ?? [])).toBe(3)
  })

  it('are none where there are none', () => {
    expect(mergeSlots([])).toEqual([])
  })
})

describe('a percentile', () => {
  const of = (text: string) => readSlot(`1 0 0 0 0 ${text} -`)?.ack ?? []

  it('of nothing is none', () => {
    expect(percentile(of('-'), 50)).toBeNull()
  })

  it('lies in the bucket that holds it', () => {
    const histogram = of('4:50,10:45,20:5')
    expect(percentile(histogram, 50)).toBeCloseTo(4)
    expect(percentile(histogram, 95)).toBeCloseTo(32)
    expect(percentile(histogram, 100)).toBeCloseTo(1024)
    const p99 = percentile(histogram, 99) ?? 0
    expect(p99).toBeGreaterThan(2 ** 9.5)
    expect(p99).toBeLessThan(1024)
  })

  it('of what takes no time is under a millisecond', () => {
    expect(percentile(of('0:10'), 50)).toBeCloseTo(0.5)
    expect(percentile(of('0:10'), 0)).toBe(0)
  })

  it('of slots together sees all of them', () => {
    const histogram = mergeHistograms([of('2:99'), of('40:1'), of('-')])
    expect(countOf(histogram)).toBe(100)
    expect(percentile(histogram, 99)).toBeCloseTo(2)
    expect(percentile(histogram, 100)).toBeCloseTo(2 ** 20)
  })
})
