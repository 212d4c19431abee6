/** `npm run test:simulator`: the simulator's page in a real browser, before a real `npm run dev`. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { results } from '../support/results.ts'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    ...results(),
    // Not *.test.ts: `npm test` runs where there is no browser.
    include: ['test/browser-dev/**/*.spec.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Far above the need: a busy machine must not fail a test.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
})
