/**
 * A Redis on 127.0.0.1 as a child process: the system's redis-server or valkey-server ("native"), or the bundled
 * JavaScript engine ("js").
 *
 * A child never outlives its parent, not even after kill -9: an engine left behind would hold a port, memory, and data
 * that a later run would read as its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
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
  /** Ends the process and resolves when it has ended. A no-op if it has already ended. */
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
 * @throws when there is no native engine, when `dir` is given to the js engine, or when the engine is not ready in 30 s
 *   (with its last lines of output).
 */
export async function startEngine(options: { kind: EngineKind; dir?: string }): Promise<Engine> {
  if (options.kind === 'native') return startNative(options.dir)
  if (options.dir !== undefined) throw new Error('the js engine keeps data in memory only: it takes no dir')
  return startJs()
}

/** A child process, the last lines of its output, and a promise for its end. */
interface Running {
  readonly child: ChildProcess
  /** 0 when it could not be spawned. */
  readonly pid: number
  readonly exited: Promise<void>
  hasExited(): boolean
  output(): string
}

async function startNative(dir: string | undefined): Promise<Engine> {
  const path = findNative()
  if (path === null) throw new Error('no redis-server or valkey-server on PATH')
  const args = ['--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction']
  if (dir === undefined) {
    // Redis always loads the dump file at its start: name a file that does not exist.
    args.push('--appendonly', 'no', '--dir', tmpdir(), '--dbfilename', `none-${randomUUID()}.rdb`)
  } else {
    mkdirSync(dir, { recursive: true })
    args.push('--appendonly', 'yes', '--dir', dir)
  }
  // Redis cannot bind "any free port". Another process may take the chosen port first: retry.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const running = spawnGated(path, [...args, '--port', String(port)])
    try {
      // Check the pid: another Redis may have taken the port, and it would answer PING too.
      await ready(running, port, `process_id:${running.pid}\r\n`)
      return engine('native', running, port, dir === undefined ? 'SIGKILL' : 'SIGTERM')
    } catch (error) {
      await stop(running, 'SIGKILL')
      if (attempt === 5 || !/address already in use/i.test(running.output())) throw error
    }
  }
}

async function startJs(): Promise<Engine> {
  // tsx only where Node does not run TypeScript itself: it is slower to start and keeps a child of its own.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const loader = process.features.typescript ? [] : ['--import', tsx]
  const script = fileURLToPath(new URL('js-engine.ts', import.meta.url))
  const child = spawn(process.execPath, [...loader, script], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  const running = guard(track(child))
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { port: number }).port))
      void running.exited.then(() => reject(new Error(`the js engine did not start: ${running.output()}`)))
    })
    await ready(running, port, '')
    return engine('js', running, port, 'SIGKILL')
  } catch (error) {
    await stop(running, 'SIGKILL')
    throw error
  }
}

/**
 * Spawns a shell that waits for a word on a pipe and then becomes the program by exec (same pid). The word is sent
 * after the watcher runs. If this process dies earlier, the program never starts, so it never runs without a watcher.
 */
function spawnGated(path: string, args: readonly string[]): Running {
  const gate = 'read -r word && [ "$word" = go ] && exec "$0" "$@" </dev/null'
  const child = spawn('/bin/sh', ['-c', gate, path, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  child.stdin?.on('error', () => {})
  const running = guard(track(child))
  child.stdin?.end('go\n')
  return running
}

/**
 * Ends the child when this process ends, also after kill -9.
 *
 * The watcher is a shell that waits on a pipe which only this process holds. The pipe closes when this process ends in
 * any way, and the shell then kills the child, even while the child is busy in a script.
 * Rejected: Linux's parent-death signal (one system, and bound to a thread); a watcher in Node (40 MB).
 */
function guard(running: Running): Running {
  // Windows has no sh. There, only the js engine runs, and it ends with its IPC channel.
  if (running.pid === 0 || process.platform === 'win32') return running
  const watch = 'read -r word; [ "$word" = done ] || kill -9 "$0"'
  const watcher = spawn('/bin/sh', ['-c', watch, String(running.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const watched = new Promise<void>((resolve) => watcher.once('close', () => resolve()))
  watcher.on('error', () => running.child.kill('SIGKILL'))
  watcher.stdin?.on('error', () => {})
  const exited = running.exited.then(() => {
    // The system may reuse the pid: stop the watcher.
    watcher.stdin?.end('done\n')
    return watched
  })
  return { ...running, exited }
}

/** Tracks a child that was just spawned. It is detached, so that Ctrl-C reaches only its parent. */
function track(child: ChildProcess): Running {
  let output = ''
  let gone = false
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4_000)
  }
  // Always read the output: an engine would block on a full pipe.
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(error.message)))
  const exited = new Promise<void>((resolve) => {
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
  // SIGTERM lets Redis flush its append-only file. SIGKILL follows after the deadline.
  const timer = setTimeout(() => running.child.kill('SIGKILL'), CLOSE_DEADLINE_MS)
  await running.exited
  clearTimeout(timer)
}

/**
 * Resolves at the first PONG of an engine whose INFO contains `proof`. Retries after refused connections and LOADING
 * (the engine reads its file).
 */
async function ready(running: Running, port: number, proof: string): Promise<void> {
  const client = createRespClient({ port })
  const deadline = Date.now() + READY_DEADLINE_MS
  try {
    while (Date.now() < deadline && !running.hasExited()) {
      const [pong, info] = await client.pipeline([['PING'], ['INFO', 'server']]).catch(() => [])
      if (Buffer.isBuffer(pong) && Buffer.isBuffer(info) && info.includes(proof)) return
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
