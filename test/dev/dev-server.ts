/** `npm run dev` as a process of its own on free ports, with nothing of this process's environment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createSimulatorClient, type SimulatorClient } from '../../lib/dev/simulator/client.ts'
import { until } from '../support/until.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const BOT_TOKEN = '1000000001:a-token-of-the-tests'
export const ADMIN_TOKEN = 'an-admin-token-of-the-tests-0123456789'

export interface DevServer {
  url: string
  /** The emulator's. */
  telegramUrl: string
  client: SimulatorClient
  output(): string
  /** Calls a method as the bot does. */
  call(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

/** @param env more settings; the leases last 5 s and nobody is too fast unless told otherwise */
export async function startDevServer(env: Record<string, string> = {}): Promise<DevServer> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/dev/main.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      PORT: '0',
      EMULATOR_PORT: '0',
      ADMIN_TOKEN,
      TELEGRAM_BOT_TOKEN: BOT_TOKEN,
      // Replaced by the emulator's own; without it the token would be taken for a real one.
      TELEGRAM_API_ROOT: 'http://127.0.0.1:1',
      LEASE_SECONDS: '5',
      RATE_LIMIT_REQUESTS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const take = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const closed = once(child, 'close')
  // A test process that dies must not leave its servers behind.
  const atExit = () => child.kill('SIGKILL')
  process.once('exit', atExit)
  const url = await until('npm run dev', () => {
    if (child.exitCode !== null) throw new Error(`npm run dev ended: ${output}`)
    return /functions {2,}(http:\S+)[\s\S]*operate it/.exec(output)?.[1]
  })
  const telegramUrl = /telegram {2,}(http:\S+)/.exec(output)?.[1] ?? ''
  return {
    url,
    telegramUrl,
    client: createSimulatorClient(url),
    output: () => output,
    async call(method, params) {
      const response = await fetch(`${telegramUrl}/bot${BOT_TOKEN}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(params),
      })
      return (await response.json()) as Record<string, unknown>
    },
    async stop() {
      child.kill('SIGTERM')
      await closed
      process.off('exit', atExit)
    },
  }
}

export interface Finished {
  code: number
  out: string
}

/** Runs one of the commands of `lib/dev` to its end. */
export async function runCommand(name: 'trigger' | 'fault', words: string[]): Promise<Finished> {
  const child = spawn(process.execPath, ['--import', 'tsx', `lib/dev/${name}.ts`, ...words], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, out }
}
