/** What the emulator's tests share: an emulator each, a webhook to deliver to, and calls as a bot. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import {
  startTelegram,
  type TelegramEmulator,
  type TelegramOptions,
  type Update,
} from '../../../lib/dev/telegram/emulator.ts'

export const TOKEN = '123456:test-secret'
export const SECRET = 'hook_secret-1'

/** One of Telegram's seconds in these tests. */
export const BASE_MS = 4

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** Closes something after the test. */
export const closeLater = (close: () => Promise<unknown>): unknown => closers.push(close)

export async function start(options: Partial<TelegramOptions> = {}): Promise<TelegramEmulator> {
  const emulator = await startTelegram({
    token: TOKEN,
    retry: { baseMs: BASE_MS, capMs: 60 * BASE_MS },
    ...options,
  })
  closeLater(() => emulator.close())
  return emulator
}

export interface Received {
  update: Update
  headers: IncomingHttpHeaders
  /** Real milliseconds. */
  at: number
}

interface HookAnswer {
  status: number
  headers?: Record<string, string>
  body?: string
}

export interface Hook {
  url: string
  /** In order of arrival. */
  received: Received[]
  ids(): number[]
  /** Requests without an answer as yet, and the most there have been at once. */
  open: number
  mostOpen: number
  /** What each request is answered; 200 until set. */
  answer: (received: Received, count: number) => HookAnswer | Promise<HookAnswer>
}

/** A webhook that records what it gets. */
export async function startHook(): Promise<Hook> {
  const hook: Hook = {
    url: '',
    received: [],
    ids: () => hook.received.map(({ update }) => update.update_id),
    open: 0,
    mostOpen: 0,
    answer: () => ({ status: 200 }),
  }
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      const received: Received = {
        update: JSON.parse(text) as Update,
        headers: request.headers,
        at: performance.now(),
      }
      hook.received.push(received)
      hook.open += 1
      hook.mostOpen = Math.max(hook.mostOpen, hook.open)
      void Promise.resolve(hook.answer(received, hook.received.length)).then(({ status, headers, body }) => {
        hook.open -= 1
        response.writeHead(status, headers).end(body)
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`
  closeLater(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return hook
}

/** An emulator whose webhook is set to a recording one. */
export async function startWithHook(
  options: Partial<TelegramOptions> = {},
  settings: Record<string, unknown> = {},
): Promise<{ telegram: TelegramEmulator; hook: Hook }> {
  const telegram = await start(options)
  const hook = await startHook()
  await call(telegram, 'setWebhook', { url: hook.url, secret_token: SECRET, ...settings })
  return { telegram, hook }
}

export interface ApiAnswer {
  status: number
  ok: boolean
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  result: any
  error_code?: number
  description?: string
  parameters?: Record<string, unknown>
}

/** Calls a method as the bot does. */
export async function call(
  telegram: { url: string },
  method: string,
  params: Record<string, unknown> = {},
  token = TOKEN,
): Promise<ApiAnswer> {
  const response = await fetch(`${telegram.url}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  })
  return { status: response.status, ...((await response.json()) as Omit<ApiAnswer, 'status'>) }
}

/** A promise and its resolver: what a webhook waits for until the test lets it go. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** The address of a port where nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const closed = once(server, 'close')
  server.close()
  await closed
  return `http://127.0.0.1:${port}`
}
