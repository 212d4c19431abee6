/**
 * `npm run serve`: only the functions, on PORT (3000), with all settings from the environment.
 * With EVERGRAM_CRASH_AT=<point>[:n] it kills itself with SIGKILL when it reaches a crash point for the n-th time.
 */
import { crashAt, readCrashPoint } from './crash-points.ts'
import { startFunctions } from './functions.ts'

const crash = process.env['EVERGRAM_CRASH_AT']
if (crash) {
  try {
    crashAt(readCrashPoint(crash))
  } catch (error) {
    process.stderr.write(`EVERGRAM_CRASH_AT: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  }
}
const port = Number(process.env['PORT'] ?? 3000)
const functions = await startFunctions({ port })
process.stderr.write(`Evergram's functions listen on ${functions.url}\n`)

const stop = () => {
  void functions.close().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
