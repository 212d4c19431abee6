/**
 * `npm run bench`: measures Evergram and its peers side by side, in one run on one machine; prints a table, writes
 * results.json, and puts what the README quotes between its markers. `-- --quick`: a reduced form in under a minute,
 * to see that it works; its numbers are no result, so it writes nothing.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('./', import.meta.url))

if (!existsSync(`${HERE}node_modules/.package-lock.json`)) {
  process.stderr.write('Installing the peers …\n')
  execFileSync('npm', ['ci'], { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] })
}
const { run } = await import('./run.ts')
process.exit(await run({ isQuick: process.argv.includes('--quick') }))
