/**
 * Run by a test as a process of its own: closes an emulator in the middle of everything and prints
 * what is left. It has to end by itself afterwards.
 */
import { get } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { startTelegram } from '../../../lib/dev/telegram/emulator.ts'

// Not from telegram-kit.ts, which needs vitest around it.
const TOKEN = '123456:test-secret'

const telegram = await startTelegram({ token: TOKEN, latencyMs: 5, retry: { baseMs: 60_000 } })
const ada = telegram.user()

// By node:http without an agent: fetch would keep idle sockets of its own.
const call = (path: string): Promise<unknown> =>
  new Promise((resolve) => {
    get(`${telegram.url}/bot${TOKEN}/${path}`, { agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    }).on('error', (error) => resolve('code' in error ? error.code : error.message))
  })

const poll = call('getUpdates?timeout=50')
telegram.faults.set('sendMessage', { hang: 'before' })
const hanging = call(`sendMessage?chat_id=${ada.id}&text=x`)
await telegram.waitFor(() => telegram.calls.length === 2)
// Nothing listens there: the update will wait for its third try.
await call('setWebhook?url=http://127.0.0.1:1/')
telegram.sendText(ada, 'x')
await telegram.waitFor(() => telegram.deliveries.length === 2)

const started = performance.now()
await telegram.close()
const closeMs = performance.now() - started
const results = { poll: await poll, hanging: await hanging }
// The client's own ends take a few turns to go.
const left = (): string[] =>
  process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FSReq|Immediate)/.test(kind))
const deadline = performance.now() + 3000
while (left().length > 0 && performance.now() < deadline) await nextTurn()
process.stdout.write(JSON.stringify({ ...results, closeMs, left: left() }))
