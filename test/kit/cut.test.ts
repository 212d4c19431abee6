import { expect, it } from 'vitest'
import { cut, MESSAGE_LIMIT } from '../../lib/kit/cut.ts'

const PIECES = ['a', ' ', '\n', '\0', 'é', 'я', '\u202e', '😀', '👨‍👩‍👧', '🇫🇷', 'e\u0301', '\ud83d', '\ude00']

/** A repeatable sequence of numbers under `below`: a failure can be run again. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

it('keeps what fits, and cuts the rest by UTF-16 units without a half of a pair', () => {
  const next = numbers(20_261_120)
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: next(40) }, () => PIECES[next(PIECES.length)]).join('')
    const limit = next(60)
    const result = cut(text, limit)
    const whole = text.replace(/\p{Surrogate}/gu, '\uFFFD')
    expect(result.length).toBeLessThanOrEqual(limit)
    // Never more than one unit short: the first half of a pair that did not fit.
    expect(result.length).toBeGreaterThanOrEqual(Math.min(whole.length, limit) - 1)
    expect(whole.startsWith(result)).toBe(true)
    expect(result).not.toMatch(/\p{Surrogate}/u)
    expect(JSON.parse(JSON.stringify(result))).toBe(result)
  }
})

it('cuts at the limit of a message', () => {
  expect(cut('a'.repeat(MESSAGE_LIMIT))).toHaveLength(4096)
  expect(cut('a'.repeat(5000))).toHaveLength(4096)
  expect(cut(`${'a'.repeat(4095)}😀`)).toBe('a'.repeat(4095))
  expect(cut(`${'a'.repeat(4094)}😀!`)).toBe(`${'a'.repeat(4094)}😀`)
})
