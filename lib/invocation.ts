/** What every function builds anew for each request: settings, store, logger, clock. Nothing outlives it. */
import { createHmac, randomUUID } from 'node:crypto'
import { readConfig, secretsIn, secretsOf, type Config, type Environment } from './config.ts'
import type { BotDefinition } from './kit/feature.ts'
import { createLogger, createRedactor, type Logger } from './log.ts'
import type { Observer } from './observer.ts'
import { openStore, type Reader, type Store } from './redis.ts'
import { systemClock, type Clock } from './time.ts'

/** How often mailboxes are swept at most, over all instances, unless an operator or the cron asks. */
export const SWEEP_INTERVAL_MS = 10_000

export interface Invocation {
  config: Config
  store: Store & Reader
  /** The bot of this deployment. Loaded at the first call: nothing on the way to the webhook's 200 may need it. */
  bot: () => Promise<BotDefinition>
  log: Logger
  /** Called with what the worker does. */
  observe: Observer
  clock: Clock
  /** This instance's idea of the time, ms since 1970: for what no call of the store may be spent on. */
  nowMs: () => number
  /** An owner for one lease: unique over all instances and within the invocation. */
  newOwner(): string
  /** A chat key as it may stand in a log, or what else may not be told. */
  hash: (text: string) => string
  /** Takes the secrets out of a text that leaves. */
  redact: (text: string) => string
  /** Monotonic; nothing new is begun after it. */
  deadlineMs: number
  /** Keeps the function alive until the work is done; a failure of it is logged. */
  background: (work: Promise<void>) => void
}

export interface Surroundings {
  env: Environment
  waitUntil(work: Promise<unknown>): void
  bot: () => Promise<BotDefinition>
  observe?: Observer | undefined
  clock?: Clock
  write?: (line: string) => void
  now?: () => string
}

/** @throws ConfigError naming every faulty variable */
export function startInvocation(around: Surroundings): Invocation {
  const config = readConfig(around.env)
  const clock = around.clock ?? systemClock
  // Made at the first text that needs it: on the way to the webhook's 200 there is none.
  let redactor: ((text: string) => string) | null = null
  const redact = (text: string) => {
    redactor ??= createRedactor([...secretsOf(config), ...secretsIn(around.env)])
    return redactor(text)
  }
  const log = createLogger({ level: config.logLevel, redact, ...(around.write && { write: around.write }) })
  const observe = around.observe ?? (() => {})
  const id = randomUUID()
  let owners = 0
  return {
    config,
    clock,
    log,
    observe,
    bot: () => around.bot(),
    store: openStore(config, { clock, ...(around.now && { now: around.now }) }),
    nowMs: () => Number(around.now?.() || Date.now()),
    newOwner: () => `${id}.${++owners}`,
    hash: (text) => createHmac('sha256', config.sessionSecret).update(text).digest('hex').slice(0, 12),
    redact,
    deadlineMs: clock.monotonicMs() + config.workMs,
    background(work) {
      const noted = work.catch((error: unknown) => {
        log.error('background work failed', { error })
        observe({ event: 'background failed', error })
      })
      around.waitUntil(noted)
    },
  }
}
