/** `npm run fault`: injects faults into a running `npm run dev`, and clears them. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CRASH_POINTS } from './crash-points.ts'
import { createSimulatorClient, defaultUrl } from './simulator/client.ts'
import type { SetFault } from './simulator/wire.ts'

const USAGE = `npm run fault -- [options] FAULT… | list | clear [KEY]

  telegram:METHOD=429:30          Telegram's method answers 429, retry after 30 s (METHOD may be '*')
  telegram:METHOD=STATUS          400 to 599
  telegram:METHOD=timeout         no answer, the call not carried out
  telegram:METHOD=done-timeout    no answer, though it was carried out
  telegram:METHOD=reset           the connection is cut
  store=down                      the store cuts every connection
  store=slow:2000                 the store answers 2 s late
  webhook=drop                    the answer of the next delivery gets lost (drop:3: of the next three)
  webhook=twice                   each update is delivered twice at once
  webhook=reorder                 a newer update of the chat overtakes an older one
  token=revoked                   every call answers 401
  kill=POINT                      the function dies, once, at one of:
${Object.entries(CRASH_POINTS)
  .map(([point, meaning]) => `                                    ${point}: ${meaning}`)
  .join('\n')}

  --times N    only N times: telegram:…, webhook=drop, kill=…
  --url URL    the functions of npm run dev (http://127.0.0.1:3000, or PORT)`

const show = (faults: SetFault[]): string =>
  faults.length === 0
    ? 'No fault is set.'
    : faults
        .map(({ text, title, left }) => `${text}\n  ${title}${left === null ? '' : ` (${left} more)`}`)
        .join('\n')

/** @returns the exit code */
async function main(argv: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { times: { type: 'string' }, url: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
    const [first, key] = positionals
    if (values.help === true || first === undefined) {
      console.log(USAGE)
      return values.help === true ? 0 : 1
    }
    const times = values.times === undefined ? undefined : Number(values.times)
    if (times !== undefined && !(Number.isSafeInteger(times) && times > 0)) {
      throw new Error('--times needs a whole number above 0')
    }
    const client = createSimulatorClient(values.url ?? defaultUrl(process.env))
    let faults = await client.faults()
    if (first === 'clear') faults = await client.clearFault(key)
    else if (first !== 'list') for (const fault of positionals) faults = await client.setFault(fault, times)
    console.log(show(faults))
    return 0
  } catch (error) {
    console.error(`fault: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
