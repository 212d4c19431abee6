/** `npm run serve`: the functions alone on PORT (3000), all settings from the environment. */
import { startFunctions } from './functions.ts'

const port = Number(process.env['PORT'] ?? 3000)
const functions = await startFunctions({ port })
process.stderr.write(`Evergram's functions listen on ${functions.url}\n`)

const stop = () => {
  void functions.close().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
