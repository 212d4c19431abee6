import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { results } from '../support/results.ts'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    ...results(),
    include: ['test/deploy/*.test.ts'],
    globalSetup: ['test/deploy/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A build takes about 15 s, a function's start half a second to two.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
})
