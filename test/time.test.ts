import { expect, it } from 'vitest'
import { iso } from '../lib/time.ts'

it.each([
  [1_790_000_000_000, '2026-09-21T14:13:20.000Z'],
  [1, '1970-01-01T00:00:00.001Z'],
  [0, null],
  [null, null],
])('the time %j is told as %j', (ms, text) => {
  expect(iso(ms)).toBe(text)
})
