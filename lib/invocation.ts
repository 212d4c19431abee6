/** Built for each request: settings, store, logger, clock. Nothing is shared between requests. */
import { createHmac, randomUUID } from 'node:crypto'
import { readConfig, secretsIn, secretsOf, type Config, type Environment } from './config.ts'
import type { BotDefinition } from './kit/feature.ts'
import { createLogger, createRedactor, type Logger, type Redact } from './log.ts'
import type { Observer } from './observer.ts'
import { openStore, type Reader, type Store } from './redis.ts'
import { systemClock, type Clock } from './time.ts'

/** Minimum time between two sweeps over all instances. An operator or the cron may sweep at any time. */
export const SWEEP_INTERVAL_MS = 10_000

export interface Invocation {
  config: Config
  store: Store & Reader
  /** The bot of this deployment. Loaded at the first call, because the webhook's 200 must not wait for it. */
  bot: () => Promise<BotDefinition>
  log: Logger
  /** Called with what the worker does. */
  observe: Observer
  clock: Clock
  /** The time by this instance's clock, ms since 1970. For uses that are not worth a call of the store. */
  nowMs: () => number
  /** An owner for one lease: unique over all instances and within the invocation. */
  newOwner(): string
  /** Hashes a chat key, or another value that must not be logged. */
  hash: (text: string) => string
  /** Removes the secrets from a text before it is logged, stored or answered. */
  redact: Redact
  /** By the monotonic clock. The worker begins nothing new after it. */
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
  // Built at the first use: the webhook's 200 does not need it.
  let redactor: Redact | null = null
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
    store: openStore(config, { clock, limits: config.storeLimits, ...(around.now && { now: around.now }) }),
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
