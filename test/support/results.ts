/** Lets `.ci/run` count the tests of all suites. */
import type { ViteUserConfig } from 'vitest/config'

/**
 * What each vitest.config.ts spreads into its `test`. Where EVERGRAM_RESULTS names a file, the run also writes
 * there, as JSON, what became of each test.
 */
export function results(): NonNullable<ViteUserConfig['test']> {
  const outputFile = process.env['EVERGRAM_RESULTS']
  return outputFile ? { reporters: ['default', ['json', { outputFile }]] } : {}
}
