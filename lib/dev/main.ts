/**
 * `npm run dev`: the whole system on this machine, without an account, a token or a network. The simulator at /dev/
 * talks to the bot, shows its timelines and injects faults. With TELEGRAM_BOT_TOKEN set, the bot uses the real Telegram
 * instead: this process polls its updates and forwards them to the local webhook.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { readConfig } from '../config.ts'
import { ALLOWED_UPDATES } from '../webhook/telegram-view.ts'
import { systemClock } from '../time.ts'
import { findNative, startEngine } from './store/engine.ts'
import { startFunctions } from './functions.ts'
import { startMtproto, type MtprotoServer } from './mtproto/server.ts'
import { pollRealTelegram } from './poll.ts'
import { seedPeople } from './simulator/seed.ts'
import { startSimulator } from './simulator/simulator.ts'
import { startStoreFront, type StoreFaults } from './store/front.ts'
import { startTelegram } from './telegram/emulator.ts'

const { env } = process
const say = (line: string) => process.stderr.write(`${line}\n`)
const secret = () => randomBytes(24).toString('base64url')
const closers: (() => Promise<void>)[] = []
const aborter = new AbortController()

/** Interval of the health checks. Like an uptime monitor in production, they drive recovery. */
const MONITOR_MS = 10_000

/** The port if it is free, else 0 (any free port). */
async function freeOr(port: number): Promise<number> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  if (!free) say(`Port ${port} is taken; using another`)
  return free ? port : 0
}

/** Starts an Upstash-compatible store, unless the environment names one. */
async function provideStore(): Promise<{ told: string; faults: StoreFaults | null }> {
  if (env['UPSTASH_REDIS_REST_URL'] ?? env['KV_REST_API_URL'])
    return { told: 'from the environment', faults: null }
  const engine = await startEngine({ kind: findNative() ? 'native' : 'js' })
  closers.push(() => engine.close())
  const front = await startStoreFront({ redisPort: engine.port, token: secret() })
  closers.push(() => front.close())
  env['UPSTASH_REDIS_REST_URL'] = front.url
  env['UPSTASH_REDIS_REST_TOKEN'] = front.token
  const engineName = engine.kind === 'native' ? 'system Redis' : 'bundled engine'
  return { told: `${front.url} (${engineName}, in memory)`, faults: front.faults }
}

/** A server of MTProto of our own for the account API, unless the environment names an application. */
async function provideMtproto(): Promise<MtprotoServer | null> {
  if (env['TELEGRAM_API_ID']) return null
  const server = await startMtproto()
  closers.push(() => server.close())
  server.add()
  server.add({ firstName: 'Grace', username: 'grace', home: 4, password: 'secret' })
  env['TELEGRAM_API_ID'] = '1'
  env['TELEGRAM_API_HASH'] = 'an-application-of-the-test-server'
  env['TELEGRAM_MTPROTO'] = server.setting
  env['ACCOUNT_KEY'] ??= randomBytes(32).toString('base64')
  return server
}

async function stop(): Promise<void> {
  aborter.abort()
  for (const close of closers.toReversed()) await close().catch(() => {})
  process.exit(0)
}

async function main(): Promise<void> {
  const isReal = Boolean(env['TELEGRAM_BOT_TOKEN']) && !env['TELEGRAM_API_ROOT']
  env['ADMIN_TOKEN'] ??= secret()
  env['TELEGRAM_BOT_TOKEN'] ??= `1000000001:${secret()}`
  const botToken = env['TELEGRAM_BOT_TOKEN']
  const store = await provideStore()
  const emulator = isReal
    ? null
    : await startTelegram({ token: botToken, port: await freeOr(Number(env['EMULATOR_PORT'] ?? 8081)) })
  if (emulator) closers.push(() => emulator.close())
  if (emulator) seedPeople(emulator)
  const mtproto = isReal ? null : await provideMtproto()
  const simulator = emulator && startSimulator({ telegram: emulator, store: store.faults, mtproto })
  const functions = await startFunctions({
    port: await freeOr(Number(env['PORT'] ?? 3000)),
    ...(simulator && { onlooker: simulator.onlooker }),
  })
  closers.push(() => functions.close())
  if (simulator) closers.push(() => Promise.resolve(simulator.close()))
  if (emulator) {
    env['TELEGRAM_API_ROOT'] = emulator.url
    env['PUBLIC_URL'] = functions.url
  }
  const config = readConfig(env)
  const admin = { authorization: `Bearer ${config.adminToken}` }
  const restarted = await fetch(`${functions.url}/restart`, { method: 'POST', headers: admin })
  if (!restarted.ok) throw new Error(`the bot did not start: ${await restarted.text()}`)

  say(`
  Evergram runs

  functions    ${functions.url}  (health: ${functions.url}/health)
  store        ${store.told}
  telegram     ${emulator ? `${emulator.url} (emulator)` : 'the real one, polled'}
  admin token  ${config.adminToken}

${
  simulator
    ? `  simulator    ${functions.url}/dev/  (chat, timelines, faults)
`
    : ''
}  talk to it   ${isReal ? 'in Telegram' : `npm run chat${emulatorFlag(config.telegramApiRoot)}`}
  operate it   ${functions.url}/  (log in with the admin token)
               curl -H 'Authorization: Bearer ${config.adminToken}' ${functions.url}/status
`)

  void monitor(functions.url)
  void simulator?.warm()
  if (isReal) {
    await pollRealTelegram({
      token: botToken,
      apiRoot: config.telegramApiRoot,
      webhookUrl: `${functions.url}/webhook`,
      secret: config.webhookSecret,
      allowedUpdates: ALLOWED_UPDATES,
      takeOver: process.argv.includes('--take-over'),
      log: say,
      signal: aborter.signal,
    })
  }
}

function emulatorFlag(apiRoot: string): string {
  return apiRoot.endsWith(':8081') ? '' : ` -- --telegram ${apiRoot}`
}

async function monitor(url: string): Promise<void> {
  while (!aborter.signal.aborted) {
    await systemClock.sleep(MONITOR_MS, aborter.signal)
    await fetch(`${url}/health`, { signal: aborter.signal }).catch(() => {})
  }
}

process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
await main().catch(async (error: unknown) => {
  say(error instanceof Error ? error.message : 'Evergram could not start')
  aborter.abort()
  for (const close of closers.toReversed()) await close().catch(() => {})
  process.exit(1)
})
