import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { findNative, startEngine, type Engine, type EngineKind } from '../../../lib/dev/store/engine.ts'
import { createRespClient, type RespClient } from '../../../lib/dev/store/resp.ts'
import { startStoreFront } from '../../../lib/dev/store/front.ts'
import { describeEngines } from '../../support/store.ts'

const DEADLINE = { timeout: 15_000, interval: 20 }
const closers: (() => unknown)[] = []
const later = <T>(value: T, close: (value: T) => unknown): T => {
  closers.push(() => close(value))
  return value
}
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  vi.unstubAllEnvs()
})

const start = async (kind: EngineKind, dir?: string): Promise<Engine> =>
  later(await startEngine(dir === undefined ? { kind } : { kind, dir }), (engine) => engine.close())
const clientOf = (port: number): RespClient => later(createRespClient({ port }), (client) => client.close())
const folder = (): string =>
  later(mkdtempSync(join(tmpdir(), 'engine-')), (path) => rmSync(path, { recursive: true }))

describeEngines('engine', (kind) => {
  it('is ready when it is handed out, on a port and in a process of its own', async () => {
    const [first, second] = await Promise.all([start(kind), start(kind)])
    expect(first.kind).toBe(kind)
    expect(first.port).not.toBe(second.port)
    expect(first.pid).not.toBe(second.pid)
    expect(await clientOf(first.port).command('SET', 'k', 'v')).toEqual(Buffer.from('OK'))
    expect(await clientOf(second.port).command('GET', 'k')).toBeNull()
  })

  it('never evicts', async () => {
    const { port } = await start(kind)
    const reply = await clientOf(port).command('CONFIG', 'GET', 'maxmemory-policy')
    expect(reply).toEqual([Buffer.from('maxmemory-policy'), Buffer.from('noeviction')])
  })

  it('can be reached over loopback only, and so can the front', async () => {
    const open = later(createServer(), (server) => server.close())
    await new Promise<void>((resolve) => open.listen(0, resolve))
    const control = (open.address() as AddressInfo).port
    const engine = await start(kind)
    const front = later(await startStoreFront({ redisPort: engine.port, token: 't' }), (it) => it.close())
    expect(await reachable('127.0.0.1', engine.port)).toBe(true)
    expect(await reachable('127.0.0.1', front.port)).toBe(true)
    const others = await addressesReaching(control)
    expect(others, 'no address of this machine but 127.0.0.1 to try from').not.toEqual([])
    for (const address of others) {
      expect([address, await reachable(address, engine.port)]).toEqual([address, false])
      expect([address, await reachable(address, front.port)]).toEqual([address, false])
    }
  })

  it('leaves no process when it is closed, however often', async () => {
    const before = descendants(process.pid)
    const engine = await start(kind)
    const started = descendants(process.pid).filter((pid) => !before.includes(pid))
    expect(started).toContain(engine.pid)
    const begun = performance.now()
    await Promise.all([engine.close(), engine.close()])
    await engine.close()
    // At once, and not only when patience with it ends (5 s).
    expect(performance.now() - begun).toBeLessThan(4_000)
    expect(started.filter(isAlive)).toEqual([])
    await expect(clientOf(engine.port).command('PING')).rejects.toThrow(/ECONNREFUSED/)
  })

  it('leaves nothing either when it died by itself, and lets itself be closed', async () => {
    const before = descendants(process.pid)
    const engine = await start(kind)
    const started = descendants(process.pid).filter((pid) => !before.includes(pid))
    process.kill(engine.pid, 'SIGKILL')
    await expect.poll(() => started.filter(isAlive), DEADLINE).toEqual([])
    await engine.close()
  })

  it('keeps no process running once all is closed', async () => {
    const child = runScript(`
      const engine = await startEngine({ kind: '${kind}' })
      const front = await startStoreFront({ redisPort: engine.port, token: 't' })
      const headers = { Authorization: 'Bearer t' }
      const response = await fetch(front.url, { method: 'POST', headers, body: '["PING"]' })
      console.log(await response.text())
      await front.close()
      await engine.close()
    `)
    expect(await firstLine(child)).toBe('{"result":"PONG"}')
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
  })

  it.each(['idle', 'stopped'])('dies with a parent that is killed with -9, while it is %s', async (how) => {
    const parent = runScript(`
      const engine = await startEngine({ kind: '${kind}' })
      console.log(JSON.stringify(engine))
      setInterval(() => {}, 60_000)
    `)
    const { pid } = JSON.parse(await firstLine(parent)) as Engine
    const family = descendants(parent.pid ?? 0)
    later(family, (pids) => {
      for (const survivor of pids.filter(isAlive)) process.kill(survivor, 'SIGKILL')
    })
    expect(family).toContain(pid)
    // A stopped engine, or one deep in a script, cannot notice anything itself.
    if (how === 'stopped') process.kill(pid, 'SIGSTOP')
    parent.kill('SIGKILL')
    // That nobody listens on its port any more is not asked: another process may have been given it since.
    await expect.poll(() => family.filter(isAlive), DEADLINE).toEqual([])
  })
})

describeEngines('data', (kind) => {
  if (kind === 'js') {
    it('refuses a dir: it would keep nothing there', async () => {
      await expect(startEngine({ kind, dir: tmpdir() })).rejects.toThrow(/in memory only/)
    })
    return
  }

  it.each(['closed', 'killed'])('survives in dir when the engine is %s', async (how) => {
    const dir = folder()
    const first = await start(kind, dir)
    await clientOf(first.port).command('SET', 'k', 'kept')
    if (how === 'killed') process.kill(first.pid, 'SIGKILL')
    await first.close()
    const second = await start(kind, dir)
    expect(await clientOf(second.port).command('GET', 'k')).toEqual(Buffer.from('kept'))
  })

  it('starts empty without one', async () => {
    const engine = await start(kind)
    expect(await clientOf(engine.port).command('DBSIZE')).toBe(0)
  })

  it('tries another port when its own was taken in between', async () => {
    const real = findNative() ?? ''
    const path = folder()
    const tries = join(path, 'tries')
    script(
      path,
      'redis-server',
      `echo try >> '${tries}'
       if [ "$(grep -c try '${tries}' 2>&1)" = 3 ]; then exec '${real}' "$@"; fi
       echo 'bind: Address already in use'; exit 1`,
    )
    vi.stubEnv('PATH', `${path}:/usr/bin:/bin`)
    const engine = await start(kind)
    expect(await clientOf(engine.port).command('PING')).toEqual(Buffer.from('PONG'))
  })
})

describe('the native engine', () => {
  it('is redis-server, else valkey-server, else none', async () => {
    const path = folder()
    vi.stubEnv('PATH', `:${path}:/nowhere`)
    expect(findNative()).toBeNull()
    await expect(startEngine({ kind: 'native' })).rejects.toThrow(/no redis-server or valkey-server on PATH/)
    const valkey = script(path, 'valkey-server', 'exit 1')
    expect(findNative()).toBe(valkey)
    expect(findNative()).not.toBe(script(path, 'redis-server', 'exit 1', 0o644))
    const redis = script(path, 'redis-server', 'exit 1')
    chmodSync(redis, 0o755)
    expect(findNative()).toBe(redis)
  })

  it('says what it printed when it does not start, and leaves nothing', async () => {
    const before = descendants(process.pid)
    const path = folder()
    script(path, 'redis-server', `echo 'FATAL: wrong phase of the moon' >&2; exit 1`)
    vi.stubEnv('PATH', path)
    await expect(startEngine({ kind: 'native' })).rejects.toThrow(/not ready .*wrong phase of the moon/s)
    vi.unstubAllEnvs()
    expect(descendants(process.pid).filter((pid) => !before.includes(pid))).toEqual([])
  })
})

/** Writes an executable shell script; returns its path. */
function script(dir: string, name: string, body: string, mode = 0o755): string {
  const path = join(dir, name)
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode })
  return path
}

/** Runs a script in a process of its own, with this folder's functions at hand. */
function runScript(body: string): ChildProcess {
  const from = (name: string): string =>
    JSON.stringify(new URL(`../../../lib/dev/store/${name}`, import.meta.url).href)
  const imports = `
    const { startEngine } = await import(${from('engine.ts')})
    const { startStoreFront } = await import(${from('front.ts')})
  `
  const args = ['--import', 'tsx', '--input-type=module', '-e', imports + body]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return later(child, () => child.kill('SIGKILL'))
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    child.once('exit', (code) => reject(new Error(`it ended with ${code} before it printed a line`)))
  })
}

interface Row {
  pid: number
  parent: number
  state: string
  command: string
}

function processes(): Row[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm=']).toString().trim().split('\n')
  return table.map((line) => {
    const [pid = '', parent = '', state = '', ...command] = line.trim().split(/\s+/)
    return { pid: Number(pid), parent: Number(parent), state, command: command.join(' ') }
  })
}

/** Every process under one, the `ps` that looks left out. */
function descendants(root: number): number[] {
  const rows = processes().filter(({ command }) => command !== 'ps')
  const found: number[] = []
  for (let parents = [root]; parents.length > 0;) {
    parents = rows.filter(({ parent }) => parents.includes(parent)).map(({ pid }) => pid)
    found.push(...parents)
  }
  return found
}

function stateOf(pid: number): string {
  return processes().find((row) => row.pid === pid)?.state ?? ''
}

/** A dead process that its new parent, the system's first, has not yet collected (Z) is dead. */
function isAlive(pid: number): boolean {
  return !['', 'Z'].includes(stateOf(pid).slice(0, 1))
}

function reachable(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => settle(true))
    socket.on('error', () => settle(false))
    socket.on('timeout', () => settle(false))
  })
}

/** This machine's other addresses that reach a port open on all of them: the test would be blind without. */
async function addressesReaching(port: number): Promise<string[]> {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  // 127.0.0.2 is loopback too on Linux, yet no listener on 127.0.0.1 alone answers there.
  const candidates = new Set(['127.0.0.2', ...own.map(({ address }) => address)])
  candidates.delete('127.0.0.1')
  const reached = await Promise.all([...candidates].map((address) => reachable(address, port)))
  return [...candidates].filter((_, index) => reached[index])
}
