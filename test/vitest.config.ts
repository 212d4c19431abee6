import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { results } from './support/results.ts'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    ...results(),
    include: ['test/**/*.test.ts'],
    // test/deploy and test/bench have a package.json and commands of their own, test/browser needs a browser.
    exclude: ['**/node_modules/**', 'test/deploy/**', 'test/bench/**', 'test/browser/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // A process a file: a test that kills or leaks can only reach its own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
})
