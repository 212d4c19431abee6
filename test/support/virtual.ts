/**
 * A virtual clock, Telegram and log, with scripts that run on a real engine: nothing waits, and a test can read
 * all calls and log lines afterwards.
 */
import { randomBytes } from 'node:crypto'
import { TelegramRefused } from '../../lib/errors.ts'
import type { TelegramCall } from '../../lib/telegram.ts'
import { createLogger, type Logger } from '../../lib/log.ts'
import { openStore as openProductStore, type Store } from '../../lib/redis.ts'
import { defineScript } from '../../lib/script.ts'
import type { Clock } from '../../lib/time.ts'
import { BOT } from './bot.ts'
import type { TestStore } from './store.ts'

/** Sets both clocks: the store's, in ms since 1970, and the instance's monotonic one. */
export interface VirtualTime {
  nowMs: number
  clock: Clock
  /** Duration of each sleep, in ms. A sleep advances the time. */
  slept: number[]
}

export function createTime(nowMs = 1_790_000_000_000): VirtualTime {
  const slept: number[] = []
  const time: VirtualTime = {
    nowMs,
    slept,
    clock: {
      monotonicMs: () => time.nowMs,
      async sleep(ms) {
        slept.push(ms)
        time.nowMs += ms
      },
    },
  }
  return time
}

export interface VirtualStore extends Store {
  test: TestStore
  /** The fields of a HASH; none where there is no such key. */
  fields(key: string): Promise<Record<string, string>>
}

const READ_ALL = defineScript(
  'test',
  "local all = redis.call('HGETALL', KEYS[1]) table.insert(all, 1, 'all') return all",
)

/** The production store over a test's engine, with its own key prefix and the scripts' time set by `time`. */
export function openVirtualStore(test: TestStore, time: VirtualTime): VirtualStore {
  const { url, token, prefix } = test
  const keyPrefix = `${prefix}${randomBytes(6).toString('hex')}`
  const settings = { store: { url, token }, keyPrefix, storeKeyLocking: false }
  const store = openProductStore(settings, { now: () => String(time.nowMs) })
  const fields = async (key: string) => {
    const [, ...flat] = await store.run(READ_ALL, [key], [])
    return Object.fromEntries(flat.flatMap((word, i) => (i % 2 === 0 ? [[word, flat[i + 1] ?? '']] : [])))
  }
  return { ...store, test, fields }
}

type Answer = unknown
type Answering = (params: Record<string, unknown>, count: number) => Answer

export interface StubTelegram {
  call: TelegramCall
  calls: { method: string; params: Record<string, unknown> }[]
  /** The methods called, in order, one word each. */
  methods(): string[]
  /** Sets the answers of a method; an Error is thrown. `count` is 1 at the method's first call. */
  on(method: string, answer: Error | Answering): void
}

/** A Telegram that stores its webhook and has the five methods of a re-initialisation. */
export function stubTelegram(): StubTelegram {
  let webhook: Record<string, unknown> = { url: '' }
  const calls: StubTelegram['calls'] = []
  const answers = new Map<string, Error | Answering>([
    ['getMe', () => BOT],
    [
      'setWebhook',
      ({ url, allowed_updates }) => {
        webhook = { url, allowed_updates }
        return true
      },
    ],
    ['getWebhookInfo', () => ({ pending_update_count: 0, ...webhook })],
    ['setMyCommands', () => true],
  ])
  return {
    calls,
    methods: () => calls.map(({ method }) => method),
    on: (method, answer) => void answers.set(method, answer),
    async call(method, params = {}) {
      calls.push({ method, params })
      const answer = answers.get(method) ?? new TelegramRefused(method, 404, 'Not Found: unexpected call')
      if (answer instanceof Error) throw answer
      return answer(params, calls.filter((made) => made.method === method).length)
    },
  }
}

export interface RecordedLog {
  log: Logger
  lines: Record<string, unknown>[]
  /** How often an event was logged. */
  count(event: string): number
}

export function recordLog(): RecordedLog {
  const lines: RecordedLog['lines'] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  return {
    lines,
    log: createLogger({ level: 'debug', redact: (line) => line, write }),
    count: (event) => lines.filter((line) => line['event'] === event).length,
  }
}
