/** What a call of the account API costs beside Telegram's own time: the library's import, a call, a handshake. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startMtproto } from '../../../lib/dev/mtproto/server.ts'
import { withTelegram } from '../../../lib/mtproto/client.ts'
import type { SavedSession } from '../../../lib/mtproto/saved.ts'
import { ROOT } from '../build.ts'

/** Medians, in milliseconds. */
export interface AccountCosts {
  /** Of the library, in a process that has loaded nothing else. */
  importMs: number
  /** Open, call, save and close with a stored key; the test server's own work is in it. */
  storedMs: number
  /** The same with a new key. */
  newMs: number
}

const IMPORT = `
  const start = performance.now()
  await Promise.all(['@mtcute/core', '@mtcute/core/utils.js', '@fuman/net'].map((name) => import(name)))
  process.stdout.write(String(performance.now() - start))`
/** The first calls compile what the later ones run. */
const WARM_UP = 10

export async function measureAccount(processes: number, calls: number): Promise<AccountCosts> {
  const imports: number[] = []
  for (let i = 0; i < processes; i++) {
    const args = ['--input-type=module', '-e', IMPORT]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
    imports.push(Number(stdout))
  }
  const server = await startMtproto()
  const call = async (
    session: SavedSession | null,
  ): Promise<{ ms: number; session: SavedSession | null }> => {
    const start = performance.now()
    const outcome = await withTelegram(
      { apiId: 1, apiHash: 'bench', servers: server.servers, session, deadlineMs: 10_000 },
      (telegram) => telegram.call({ _: 'help.getConfig' }),
    )
    if (!outcome.result.ok) throw outcome.result.error
    return { ms: performance.now() - start, session: outcome.session }
  }
  try {
    const { session } = await call(null)
    const stored: number[] = []
    const made: number[] = []
    for (let i = 0; i < WARM_UP + calls; i++) stored.push((await call(session)).ms)
    for (let i = 0; i < WARM_UP + calls; i++) made.push((await call(null)).ms)
    return {
      importMs: median(imports),
      storedMs: median(stored.slice(WARM_UP)),
      newMs: median(made.slice(WARM_UP)),
    }
  } finally {
    await server.close()
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
