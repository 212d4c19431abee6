/** `npm run dev` as a process of its own on free ports, with nothing of this process's environment. */
import { createSimulatorClient, type SimulatorClient } from '../../lib/dev/simulator/client.ts'
import { fromSource, startChild } from '../support/child.ts'

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
  const child = startChild(fromSource('main'), {
    PORT: '0',
    EMULATOR_PORT: '0',
    ADMIN_TOKEN,
    TELEGRAM_BOT_TOKEN: BOT_TOKEN,
    // Replaced by the emulator's own; without it the token would be taken for a real one.
    TELEGRAM_API_ROOT: 'http://127.0.0.1:1',
    LEASE_SECONDS: '5',
    RATE_LIMIT_REQUESTS: '0',
    ...env,
  })
  const url = await child.printed('npm run dev', /functions {2,}(http:\S+)[\s\S]*operate it/)
  const telegramUrl = await child.printed("the emulator's address", /telegram {2,}(http:\S+)/)
  return {
    url,
    telegramUrl,
    client: createSimulatorClient(url),
    output: () => child.output(),
    async call(method, params) {
      const response = await fetch(`${telegramUrl}/bot${BOT_TOKEN}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(params),
      })
      return (await response.json()) as Record<string, unknown>
    },
    stop: () => child.end('SIGTERM'),
  }
}

export interface Finished {
  code: number | null
  out: string
}

/** Runs one of the commands of `lib/dev` to its end. */
export async function runCommand(name: 'trigger' | 'fault', words: string[]): Promise<Finished> {
  const child = startChild(name, {}, words)
  const { code } = await child.ended
  return { code, out: child.output() }
}
