/** Child processes of the benchmark: started with nothing of its environment, ended with it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { performance } from 'node:perf_hooks'

const START_DEADLINE_MS = 60_000

export interface Running {
  url: string
  port: number
  pid: number
  /** From before the spawn until it listened, in milliseconds. */
  startMs: number
  /** `performance.now()` before the spawn. */
  spawnedAt: number
  /** kill -9. Resolves when it is gone. */
  kill(): Promise<void>
}

const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

export interface ProcessOptions {
  /** Node's arguments. */
  args: readonly string[]
  /** The process's whole environment, besides PATH and HOME. */
  env: Readonly<Record<string, string>>
  cwd: string
  /** How it tells on stderr that it listens, the port being the first group; by an IPC message where left out. */
  listens?: RegExp
}

/** Starts a server. @throws Error with the end of its stderr when it does not listen in a minute */
export async function startProcess({ args, env, cwd, listens }: ProcessOptions): Promise<Running> {
  const spawnedAt = performance.now()
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', NODE_ENV: 'production', ...env },
    // Everybody logs as it does by default; nobody reads it, so that reading costs nobody anything.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  alive.add(child)
  let printed = ''
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => {
    alive.delete(child)
  })
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  try {
    const port = await new Promise<number>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${args.join(' ')} ${why}: ${printed.slice(-2000)}`))
      const timer = setTimeout(() => fail('does not listen'), START_DEADLINE_MS)
      child.once('error', (error) => fail(error.message))
      void gone.then(() => fail('ended'))
      const found = (value: number) => {
        clearTimeout(timer)
        resolve(value)
      }
      child.stderr?.on('data', (chunk: Buffer) => {
        printed = (printed + chunk.toString()).slice(-8000)
        const match = listens?.exec(printed)
        if (match) found(Number(match[1]))
      })
      child.on('message', (message) => found((message as { port: number }).port))
    })
    const startMs = performance.now() - spawnedAt
    return { url: `http://127.0.0.1:${port}`, port, pid: child.pid ?? 0, startMs, spawnedAt, kill }
  } catch (error) {
    await kill()
    throw error
  }
}
