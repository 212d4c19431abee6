/** `npm run test:browser`: the panel in a real browser, over the real functions, a real Redis and a fake Telegram. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { results } from '../support/results.ts'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    ...results(),
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/browser/support/build.ts'],
    pool: 'forks',
    // The files of a worker share their modules and one browser; each has a world of its own.
    isolate: false,
    maxWorkers: 2,
    // Far above the need: a busy machine must not fail a test.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
})
