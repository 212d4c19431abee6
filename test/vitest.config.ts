import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    // test/deploy and test/bench have a package.json and commands of their own, test/browser needs a browser.
    exclude: ['**/node_modules/**', 'test/deploy/**', 'test/bench/**', 'test/browser/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // A process a file: a test that kills or leaks can only reach its own.
    pool: 'forks',
    // Many files mostly wait, so more of them than there are cores run at once.
    maxWorkers: 4,
    // Far above the need, for a machine that is busy: a test waits for a condition, not for a time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
})
