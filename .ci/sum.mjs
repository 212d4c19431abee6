/**
 * Adds up what the suites of `.ci/run` wrote: `node .ci/sum.mjs FOLDER SUITE...`. The last line that it prints is
 * `N passed, N failed, N skipped`. It fails where a test failed, or where a suite is missing or ran nothing: a
 * suite that finds no tests must not look like one that passed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, ...suites] = process.argv.slice(2)
const sum = { passed: 0, failed: 0, skipped: 0 }

for (const suite of suites) {
  let result
  try {
    result = JSON.parse(readFileSync(join(folder, `${suite}.json`), 'utf8'))
  } catch {
    console.log(`${suite}: has not run to its end`)
    process.exitCode = 1
    continue
  }
  const passed = result.numPassedTests
  const failed = result.numFailedTests
  const skipped = result.numPendingTests + result.numTodoTests
  console.log(`${suite}: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  if (passed + failed === 0) console.log(`${suite}: ran nothing`)
  if (passed + failed === 0 || !result.success) process.exitCode = 1
  sum.passed += passed
  sum.failed += failed
  sum.skipped += skipped
}

console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
