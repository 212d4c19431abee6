/**
 * A Redis of our own on 127.0.0.1, as a child process: the system's redis-server or valkey-server
 * ("native"), or the bundled JavaScript engine ("js").
 *
 * A child never outlives its parent, not even one killed with -9: an engine left behind would hold a
 * port, memory and, worse, data that a later run takes for its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createRespClient } from './resp.ts'

export type EngineKind = 'native' | 'js'

export interface Engine {
  readonly kind: EngineKind
  /** TCP port on 127.0.0.1, RESP. */
  readonly port: number
  /** The engine's own process. */
  readonly pid: number
  /** Ends the process and resolves when it is gone. Safe to call twice, and after it died by itself. */
  close(): Promise<void>
}

const READY_DEADLINE_MS = 30_000
const CLOSE_DEADLINE_MS = 5_000
const POLL_MS = 10

/** The path of redis-server, else of valkey-server, on PATH; null where there is neither. */
export function findNative(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // not in this folder
      }
    }
  }
  return null
}

/**
 * Starts an engine and resolves once it answers PING.
 *
 * With `dir` the native engine keeps an append-only file there, so that data survives a restart; without
 * it, and always on the js engine, data lives in memory.
 * @throws when there is no native engine, when `dir` is given to the js engine, when it is not ready in 30 s
 *   (with the last lines that it printed).
 */
export async function startEngine(options: { kind: EngineKind; dir?: string }): Promise<Engine> {
  if (options.kind === 'native') return startNative(options.dir)
  if (options.dir !== undefined) throw new Error('the js engine keeps data in memory only: it takes no dir')
  return startJs()
}

/** A child process, the end of what it printed, and its end. */
interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly exited: Promise<void>
  hasExited(): boolean
  output(): string
}

async function startNative(dir: string | undefined): Promise<Engine> {
  const path = findNative()
  if (path === null) throw new Error('no redis-server or valkey-server on PATH')
  if (dir !== undefined) mkdirSync(dir, { recursive: true })
  const args = ['--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction']
  args.push('--dir', dir ?? tmpdir(), '--appendonly', dir === undefined ? 'no' : 'yes')
  // Redis cannot be told "any free port", so another process may take ours before Redis binds it: retry.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const running = spawnGuarded(path, [...args, '--port', String(port)])
    try {
      await ready(running, port)
      return engine('native', running, port, dir === undefined ? 'SIGKILL' : 'SIGTERM')
    } catch (error) {
      await stop(running, 'SIGKILL')
      if (attempt === 5 || !/address already in use/i.test(running.output())) throw error
    }
  }
}

/**
 * Runs a program that knows nothing of its parent so that it dies with it.
 *
 * A shell waits for a word on a pipe that only this process holds. The pipe closes when this process
 * dies, however it dies, and the shell then kills the program. The program itself starts behind a gate
 * (a second such pipe) that opens once the watcher is running: there is no moment without a watcher.
 * Rejected: prctl's parent-death signal (Linux only, and bound to a thread); a watching Node process
 * (40 MB and 40 ms for the same).
 */
function spawnGuarded(path: string, args: readonly string[]): Running {
  const gate = ['-c', 'read -r go && [ "$go" = go ] && exec "$0" "$@" </dev/null', path, ...args]
  const child = spawn('/bin/sh', gate, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const running = track(child)
  const watch = ['-c', 'read -r word; [ "$word" = done ] || kill -9 "$0"', String(running.pid)]
  const watcher = spawn('/bin/sh', watch, { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  for (const pipe of [child.stdin, watcher.stdin]) pipe?.on('error', () => {})
  child.stdin?.end('go\n')
  const watched = new Promise<void>((resolve) => watcher.once('close', () => resolve()))
  // Once the program has gone its pid may be another's: the watcher is told to leave it alone.
  const exited = running.exited.then(() => {
    watcher.stdin?.end('done\n')
    return watched
  })
  return { ...running, exited }
}

async function startJs(): Promise<Engine> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const script = fileURLToPath(new URL('js-engine.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', tsx, script], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  const running = track(child)
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { port: number }).port))
      void running.exited.then(() => reject(new Error(`the js engine did not start: ${running.output()}`)))
    })
    await ready(running, port)
    return engine('js', running, port, 'SIGKILL')
  } catch (error) {
    await stop(running, 'SIGKILL')
    throw error
  }
}

/** Follows a child that was just spawned. Its own process group keeps a Ctrl-C for its parent alone. */
function track(child: ChildProcess): Running {
  let output = ''
  let gone = false
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4_000)
  }
  // Read even if nobody looks: an engine would block on a full pipe.
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += error.message
    })
    child.once('close', () => {
      gone = true
      resolve()
    })
  })
  return { child, pid: child.pid ?? 0, exited, hasExited: () => gone, output: () => output }
}

function engine(kind: EngineKind, running: Running, port: number, signal: NodeJS.Signals): Engine {
  return { kind, port, pid: running.pid, close: () => stop(running, signal) }
}

async function stop(running: Running, signal: NodeJS.Signals): Promise<void> {
  if (!running.hasExited()) running.child.kill(signal)
  // SIGTERM lets Redis flush its append-only file; one that does not go is killed.
  const timer = setTimeout(() => running.child.kill('SIGKILL'), CLOSE_DEADLINE_MS)
  await running.exited
  clearTimeout(timer)
}

/** Resolves at the first PONG. LOADING (a file being read back) and refused connections are waited out. */
async function ready(running: Running, port: number): Promise<void> {
  const client = createRespClient({ port })
  const deadline = Date.now() + READY_DEADLINE_MS
  try {
    while (Date.now() < deadline && !running.hasExited()) {
      const reply = await client.command('PING').catch(() => null)
      if (Buffer.isBuffer(reply)) return
      await pause(POLL_MS)
    }
  } finally {
    client.close()
  }
  throw new Error(`the engine is not ready on port ${port}: ${running.output()}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
