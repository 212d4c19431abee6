/** The golden files. `GOLDEN_WRITE=1` writes what a test has computed before it is compared. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type File = 'golden.json' | 'store.json'
type Parts = Record<string, unknown>

const pathOf = (file: File) => fileURLToPath(new URL(file, import.meta.url))

export function readGolden(file: File): Parts {
  return JSON.parse(readFileSync(pathOf(file), 'utf8')) as Parts
}

/** A value as JSON holds it. */
export function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** One part of golden.json. @param actual what the present code makes of it: written first where that is asked for */
export function goldenPart(part: string, actual: unknown): unknown {
  if (process.env.GOLDEN_WRITE) write('golden.json', { ...readGolden('golden.json'), [part]: actual })
  return readGolden('golden.json')[part]
}

/** store.json, whole. */
export function goldenStore(actual: Parts): Parts {
  if (process.env.GOLDEN_WRITE) write('store.json', actual)
  return readGolden('store.json')
}

/** Objects have their fields in order, so that a regeneration shows nothing but what has changed. */
function write(file: File, parts: Parts): void {
  const inOrder = (_key: string, value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(pathOf(file), `${JSON.stringify(parts, inOrder, 2)}\n`)
}
