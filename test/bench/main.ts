/**
 * `npm run bench`: measures Evergram and its peers side by side, in one run on one machine; prints a table, writes
 * results.json, and puts the figures into the README beside it. `-- --quick`: a reduced form in under a minute, to see
 * that it works; its numbers are no result, so it writes nothing.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('./', import.meta.url))

const read = (path: string) => JSON.parse(readFileSync(`${HERE}${path}`, 'utf8')) as Record<string, unknown>
const isInstalled = Object.entries(read('package.json')['dependencies'] as Record<string, string>).every(
  ([name, version]) => {
    const file = `node_modules/${name}/package.json`
    return existsSync(`${HERE}${file}`) && read(file)['version'] === version
  },
)
if (!isInstalled) {
  process.stderr.write('Installing the peers …\n')
  execFileSync('npm', ['ci'], { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] })
}
// Ended by a signal, it goes the way that ends its processes and removes its folder.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const { run } = await import('./run.ts')
process.exit(await run({ isQuick: process.argv.includes('--quick') }))
