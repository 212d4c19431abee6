/** lib/README.md is true: each file and each test that it names is there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const map = readFileSync(join(ROOT, 'lib/README.md'), 'utf8')

/** A test's file, and its title as the source has it. */
const TEST = /`(\S+\.test\.ts)` "([^"]+)"/g
const FILE = /`([\w./-]+\.(?:ts|tsx|md))`/g

const files = [...map.matchAll(FILE)].map(([, file = '']) => file)
const tests = [...map.matchAll(TEST)].map(([, file = '', title = '']) => ({ file, title }))
/** The rows of the table, without its head and the line under it. */
const rows = map
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)

const placeOf = (file: string) => join(ROOT, file.endsWith('.test.ts') ? 'test' : 'lib', file)

describe('lib/README.md names', () => {
  it('the way of an update and its gaps', () => {
    expect(files.length).toBeGreaterThan(25)
    expect(rows.length).toBeGreaterThan(15)
  })

  it.each([...new Set(files)])('a file that is there: %s', (file) => {
    expect(existsSync(placeOf(file))).toBe(true)
  })

  it.each(rows)('a test for the gap %s', (row) => {
    expect(row.match(TEST)).not.toBeNull()
  })

  it.each(tests)('a test of $file: $title', ({ file, title }) => {
    const source = readFileSync(placeOf(file), 'utf8')
    const quoted = ["'", '"', '`'].map((quote) => `${quote}${title.replaceAll(quote, `\\${quote}`)}${quote}`)
    expect(quoted.filter((text) => source.includes(text))).not.toEqual([])
  })
})
