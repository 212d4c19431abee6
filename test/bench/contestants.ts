/** Who is measured, and exactly what is started for each. */
import { ROOT, type Build } from './build.ts'
import { startProcess, type Running } from './processes.ts'
import { STORE_TOKEN, type Redis } from './stage.ts'
import type { BotSide, FakeTelegram } from './telegram.ts'

export interface Contestant {
  name: Name
  label: string
  /** What is started, as a command. */
  command: string
  bot: BotSide
  /** Starts a process. @param env settings that a measurement needs to be other than the default */
  start(env?: Readonly<Record<string, string>>): Promise<Running>
}

export type Name = 'bare' | 'evergram' | 'serve' | 'telegraf' | 'grammy' | 'chat'

export type Contestants = Record<Name, Contestant>

/** Every contestant over the same Telegram and the same Redis, each with a bot of its own. */
export function contestants(telegram: FakeTelegram, redis: Redis, build: Build): Contestants {
  const make = (
    name: Name,
    label: string,
    args: readonly string[],
    how: { cwd?: string; listens?: RegExp; shown?: string } = {},
  ): Contestant => {
    const bot = telegram.bot()
    return {
      name,
      label,
      command: how.shown ?? `node ${args.map((arg) => arg.replace(/^.*?(?=(api|test)\/)/, '')).join(' ')}`,
      bot,
      start: (env) =>
        startProcess({
          args,
          cwd: how.cwd ?? build.path(''),
          ...(how.listens && { listens: how.listens }),
          env: {
            PORT: '0',
            TELEGRAM_BOT_TOKEN: bot.token,
            TELEGRAM_WEBHOOK_SECRET: bot.secret,
            TELEGRAM_API_ROOT: telegram.url,
            UPSTASH_REDIS_REST_URL: redis.frontUrl,
            UPSTASH_REDIS_REST_TOKEN: STORE_TOKEN,
            REDIS_URL: `redis://127.0.0.1:${redis.port}`,
            ADMIN_TOKEN: `admin-${'a'.repeat(40)}`,
            KEY_PREFIX: `bench-${name}`,
            ...env,
          },
        }),
    }
  }
  const peer = (name: Name) => build.path(`test/bench/peers/${name}.ts`)
  const host = build.path('test/bench/peers/function.ts')
  return {
    bare: make('bare', 'bare function', [peer('bare')]),
    evergram: make('evergram', 'Evergram', [host, build.path('api/webhook.ts')]),
    serve: make('serve', 'Evergram (serve)', ['--import', LEASH, '--import', 'tsx', 'lib/dev/serve.ts'], {
      cwd: ROOT,
      listens: /listen on http:\/\/127\.0\.0\.1:(\d+)/,
      shown: 'npm run serve',
    }),
    telegraf: make('telegraf', 'telegraf', [peer('telegraf')]),
    grammy: make('grammy', 'grammY', [peer('grammy')]),
    chat: make('chat', 'Chat SDK', [peer('chat')]),
  }
}

/** Ends a server that is not ours to change when the benchmark is gone. */
const LEASH = 'data:text/javascript,process.once("disconnect",()=>process.exit(1))'
