/**
 * Runs all random tests for a given time: `npm run test:soak -- --minutes 60`.
 *
 * Each suite is a list of test files that run with EVERGRAM_LONG=1 and EVERGRAM_SOAK_MINUTES, its share of the time.
 * A failure prints its seed and the command that repeats it; the other suites still run, and the exit code is 1.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

interface Suite {
  name: string
  files: readonly string[]
  /** Its share of the time, as a weight. */
  share: number
}

const SUITES: readonly Suite[] = [
  { name: 'simulation', files: ['test/simulation/simulation.test.ts'], share: 2 },
  {
    name: 'the simulation on the scripts',
    files: ['test/simulation/scripts-native.test.ts', 'test/simulation/scripts-js.test.ts'],
    share: 1,
  },
  { name: 'the scripts against their model', files: ['test/inbox/model.test.ts'], share: 2 },
  { name: 'kills', files: ['test/system/kill.test.ts'], share: 5 },
  { name: 'kill points', files: ['test/system/kill-points.test.ts'], share: 1 },
  { name: 'outages', files: ['test/system/outage.test.ts'], share: 1 },
  { name: 'load', files: ['test/system/load.test.ts'], share: 1 },
  { name: 'faults', files: ['test/system/faults.test.ts', 'test/system/bot-faults.test.ts'], share: 1 },
  { name: 'fuzz', files: ['test/system/fuzz.test.ts'], share: 1 },
]

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, only: { type: 'string', default: '' } },
})
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error('--minutes takes a number over 0')

/** @returns true when all its tests passed */
async function soak({ name, files }: Suite, shareMinutes: number): Promise<boolean> {
  console.log(`\n${name}: ${shareMinutes.toFixed(1)} minutes`)
  const child = spawn(process.execPath, [VITEST, 'run', '--config', 'test/vitest.config.ts', ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, EVERGRAM_LONG: '1', EVERGRAM_SOAK_MINUTES: String(shareMinutes) },
  })
  const stop = () => child.kill('SIGINT')
  process.once('SIGINT', stop)
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  process.removeListener('SIGINT', stop)
  return code === 0
}

const wanted = SUITES.filter(({ name }) => name.includes(values.only))
const shares = wanted.reduce((sum, { share }) => sum + share, 0)
const results: [string, boolean][] = []
for (const suite of wanted) {
  results.push([suite.name, await soak(suite, (minutes * suite.share) / shares)])
}
console.log(`\n${results.map(([name, isGreen]) => `${isGreen ? 'passed' : 'FAILED'}  ${name}`).join('\n')}`)
process.exitCode = results.length > 0 && results.every(([, isGreen]) => isGreen) ? 0 : 1
