import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { results } from './support/results.ts'

// test/deploy and test/bench have a package.json and commands of their own, test/browser needs a browser.
const ELSEWHERE = ['**/node_modules/**', 'test/deploy/**', 'test/bench/**', 'test/browser/**']
/** Folders of tests that start no program and use only keys of their own. */
const SHARED = [
  'test/*.test.ts',
  'test/{auth,bot,ci,endpoints,golden,http,inbox,operator,panel,state,support,updates,webhook}/**/*.test.ts',
  'test/worker/!(drain|heal).test.ts',
  // Fake timers would also hold what other files have begun.
  'test/kit/!(create-bot).test.ts',
  'test/kit/gates/*.test.ts',
  'test/dev/telegram/*.test.ts',
  'test/dev/{poll,crash-points,simulator-draft,webm-to-ogg}.test.ts',
  'test/mtproto/*.test.ts',
  'test/account/{failures,login,mapping,read,scripts,seal,secrets,store}.test.ts',
]

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    ...results(),
    projects: [
      {
        extends: true,
        // Files share a process and what it has loaded: loading takes longer than most of these tests.
        test: { name: 'shared', include: SHARED, exclude: ELSEWHERE, isolate: false },
      },
      {
        extends: true,
        // A process a file: a test that kills or leaks can only reach its own.
        test: {
          name: 'isolated',
          include: ['test/**/*.test.ts'],
          exclude: [...ELSEWHERE, ...SHARED],
        },
      },
    ],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Many files mostly wait, so more of them than there are cores run at once.
    maxWorkers: 4,
    // Far above the need, for a machine that is busy: a test waits for a condition, not for a time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
})
