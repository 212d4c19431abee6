/**
 * A whole bot for a test of a feature: an emulated Telegram that delivers to the real webhook, the real inbox in a
 * real Redis, the worker and its guarded calls. Only time is virtual.
 */
import { randomBytes } from 'node:crypto'
import { startTelegram, type Chat, type TelegramEmulator } from '../dev/telegram/emulator.ts'
import type { BotDefinition, Feature } from '../kit/index.ts'
import { answerFrom, type Answer } from './answer.ts'
import { startTestFunctions, type TestFunctions } from './functions.ts'
import { createPerson, type Act, type Person } from './people.ts'
import { startTestStore, type TestStore } from './store.ts'
import { createTestTime } from './time.ts'
import { createWatch } from './watch.ts'

export interface TestBotOptions {
  /** The features under test, in their order; all features of the bot unless given. */
  features?: readonly Feature[]
  /** Another bot than the one of lib/bot. */
  bot?: BotDefinition
  /** A store that is there already. Unless given, the bot starts a Redis of its own and ends it. */
  store?: TestStore
  /** Settings, as the environment holds them, beside the necessary ones. No rate limit unless given. */
  env?: Record<string, string>
  /** How long `close` waits for a handler that does not end, in real milliseconds; 5000 unless given. */
  closeMs?: number
}

export interface Profile {
  /** Telegram's `language_code` of the person's client; 'en' unless given. */
  language?: string
  /** An administrator: in ADMIN_TELEGRAM_IDS. */
  admin?: boolean
  id?: number
  username?: string
}

/** How Telegram refuses a call. */
export interface Refusal {
  /** HTTP status and `error_code`; 400 unless given. */
  code?: number
  description?: string
  /** With code 429. */
  retryAfterSeconds?: number
  /** How many calls are refused; 1 unless given. */
  times?: number
}

export interface TestBot {
  /** A new person, with a private chat that they have started. */
  person: (name: string, profile?: Profile) => Person
  /** A new group with the bot in it. */
  group: (title: string, members: Person[], kind?: { supergroup?: boolean; forum?: boolean }) => Chat
  /** Any update as it is, under the next update id. */
  delivers: (update: Record<string, unknown>) => Promise<Answer>
  /** Lets Telegram refuse the next calls of a method. */
  refuses: (method: string, refusal?: Refusal) => void
  /**
   * The next update runs twice: its handlers end, and then it fails as if the function had died before it could
   * record that. Every handler must bear it, because it will happen.
   */
  runsAgain: () => void
  /** Lets time pass, then does what is due. */
  passes: (ms: number) => Promise<Answer>
  /** The emulated Telegram, for what people and groups cannot do. Follow its acts with `settled()`. */
  telegram: TelegramEmulator
  /** Resolves when every update is settled. @throws as a person's acts do */
  settled: () => Promise<void>
  /** What the bot logged from level `warn` up, one object a line. */
  log: Record<string, unknown>[]
  /** Ends everything: no timer, socket or process is left. @throws Error where a handler has not ended */
  close: () => Promise<void>
}

const BOT_ID = 7_000_000_001

/** Starts a bot. With a `store` it takes some 20 ms, so each test can have one of its own. */
export async function testBot(options: TestBotOptions = {}): Promise<TestBot> {
  const definition = options.bot ?? (await import('../bot/index.ts')).bot
  const watch = createWatch()
  const bot = { ...definition, features: [watch.feature, ...(options.features ?? definition.features)] }
  const time = createTestTime()
  const log: TestBot['log'] = []
  const admins = new Set<number>()
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    const failures: unknown[] = []
    for (const end of closers.splice(0).toReversed()) {
      await end().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }

  try {
    const own = options.store === undefined ? await startTestStore() : null
    if (own) closers.push(() => own.close())
    const store = options.store ?? own!
    const token = `${BOT_ID}:${randomBytes(24).toString('base64url')}`
    const telegram = await startTelegram({ token, retry: { baseMs: 1 }, now: () => time.nowMs })
    closers.push(() => telegram.close())
    const adminToken = randomBytes(32).toString('base64url')
    const env = () => ({
      TELEGRAM_BOT_TOKEN: token,
      ADMIN_TOKEN: adminToken,
      UPSTASH_REDIS_REST_URL: store.url,
      UPSTASH_REDIS_REST_TOKEN: store.token,
      KEY_PREFIX: store.prefix,
      TELEGRAM_API_ROOT: telegram.url,
      PUBLIC_URL: 'https://bot.example.com',
      ADMIN_TELEGRAM_IDS: [...admins].join(','),
      RATE_LIMIT_REQUESTS: '0',
      LOG_LEVEL: 'warn',
      ...options.env,
    })
    const around = () => ({
      env: env(),
      bot: async () => bot,
      clock: time.clock,
      now: () => String(time.nowMs),
      write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>),
    })
    const functions = await startTestFunctions(around, adminToken)
    closers.push(() => functions.close(options.closeMs ?? 5000))
    telegram.resolve(functions.url)
    await functions.register()
    const act = createAct({ telegram, functions, log, thrown: watch.thrown })
    return {
      person(name, { language, admin, ...profile } = {}) {
        const user = telegram.user({ first_name: name, language_code: language, ...profile })
        if (admin) admins.add(user.id)
        return createPerson(telegram, act, user)
      },
      group: (title, members, kind) =>
        telegram.group({ title, members: members.map(({ user }) => user), ...kind }),
      delivers: (update) => act(() => telegram.deliver({ ...update, update_id: undefined })),
      refuses: (method, { code = 400, times = 1, ...refusal } = {}) =>
        telegram.faults.set(method, { status: code, times, ...refusal }),
      runsAgain: () => watch.runsAgain(),
      passes: (ms) =>
        act(() => {
          time.nowMs += ms
          return functions.sweep()
        }),
      telegram,
      settled: () => act(() => {}).then(() => {}),
      log,
      close,
    }
  } catch (error) {
    // What failed first is what is told.
    await close().catch(() => {})
    throw error
  }
}

/** Far above the need: a machine with much to do must not fail a test. */
const ACCEPTED = { what: 'every update to be accepted', timeoutMs: 15_000 }

interface Watched {
  telegram: TelegramEmulator
  functions: TestFunctions
  log: TestBot['log']
  thrown: unknown[]
}

function createAct({ telegram, functions, log, thrown }: Watched): Act {
  return async (send) => {
    const before = { calls: telegram.calls.length, lines: log.length, violations: telegram.violations.length }
    await send()
    // An update is off Telegram's queue when its 200 came, and its work is known from before that.
    do await telegram.waitFor(({ pending }) => pending === 0, ACCEPTED)
    while (await functions.idle())
    const dead = log
      .slice(before.lines)
      .find(({ event, outcome }) => event === 'update failed' && outcome === 'dead')
    if (dead) {
      const { message } = dead['error'] as { message?: string }
      throw new Error(`the update was given up on: ${message}`, { cause: thrown.at(-1) })
    }
    const wrong = telegram.violations.slice(before.violations)
    if (wrong.length > 0) throw new Error(`not as the Bot API has it: ${wrong.join('; ')}`)
    return answerFrom(telegram.calls.slice(before.calls))
  }
}
