/** Builds the panel anew before the tests, so that none of them looks at an old one. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export default async function setup(): Promise<void> {
  // A process of its own, as `npm run build` is one: here NODE_ENV is "test", and the pages would be others.
  const args = ['node_modules/vite/bin/vite.js', 'build', '--config', 'lib/panel/vite.config.ts']
  await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production' },
  })
}
