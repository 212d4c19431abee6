import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const SUM = fileURLToPath(new URL('../../.ci/sum.mjs', import.meta.url))

describe('the sum of all suites', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evergram-sum-'))
    const write = (suite: string, counts: object) =>
      writeFileSync(
        join(folder, `${suite}.json`),
        JSON.stringify({
          success: true,
          numPassedTests: 0,
          numFailedTests: 0,
          numPendingTests: 0,
          numTodoTests: 0,
          ...counts,
        }),
      )
    write('good', { numPassedTests: 5 })
    write('partial', { numPassedTests: 2, numPendingTests: 3, numTodoTests: 1 })
    write('bad', { numPassedTests: 1, numFailedTests: 2, success: false })
    write('broken file', { numPassedTests: 1, success: false })
    write('skipped', { numPendingTests: 4 })
    write('empty', {})
    writeFileSync(join(folder, 'cut.json'), '{"numPassed')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['succeeds where each suite ran tests', ['good', 'partial'], 0, '7 passed, 0 failed, 4 skipped'],
    ['fails where a test failed', ['good', 'bad'], 1, '6 passed, 2 failed, 0 skipped'],
    [
      'fails where a test file could not be loaded',
      ['good', 'broken file'],
      1,
      '6 passed, 0 failed, 0 skipped',
    ],
    ['fails where a suite skipped all its tests', ['skipped', 'good'], 1, '5 passed, 0 failed, 4 skipped'],
    ['fails where a suite found no tests', ['empty', 'good'], 1, '5 passed, 0 failed, 0 skipped'],
    ['fails where a suite has not run', ['missing', 'good'], 1, '5 passed, 0 failed, 0 skipped'],
    ['fails where a suite was cut off', ['cut', 'good'], 1, '5 passed, 0 failed, 0 skipped'],
  ])('%s', (_, suites, code, lastLine) => {
    const { status, stdout } = spawnSync(process.execPath, [SUM, folder, ...suites], { encoding: 'utf8' })
    expect({ status, lastLine: stdout.trimEnd().split('\n').at(-1) }).toEqual({ status: code, lastLine })
  })
})
