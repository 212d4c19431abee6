/**
 * The settings: names, defaults and units, read from the environment for each invocation.
 * Plain code and not zod: this runs before the 200, and zod's import costs 45 to 60 ms of a cold start (measured
 * on Node 20 and 24). Code that runs after the 200 checks its input with zod.
 */
import { createHash, hkdfSync } from 'node:crypto'
import { ConfigError, type ConfigProblem } from './errors.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import { readMtprotoServers, type MtprotoServers } from './telegram-servers.ts'

export type Environment = Record<string, string | undefined>

export interface Config {
  botToken: string
  /** The bot's user id: the digits before the token's colon. */
  botId: string
  adminToken: string
  webhookSecret: string
  sessionSecret: string
  cronSecret: string | null
  store: { url: string; token: string }
  /** True: the scripts ask Upstash to lock their keys instead of the whole database. */
  storeKeyLocking: boolean
  adminTelegramIds: ReadonlySet<string>
  /** Origin under which Telegram reaches this deployment, without a trailing slash; null when unknown. */
  publicUrl: string | null
  telegramApiRoot: string
  errorThreshold: number
  maxAttempts: number
  logLevel: LogLevel
  keyPrefix: string
  leaseMs: number
  /** Longest wait for Telegram's answer to one call. */
  telegramTimeoutMs: number
  /** Longest run of a handler. */
  handlerTimeoutMs: number
  /** Longest wait for the store: for the answer to one try, and for all tries of one call together. */
  storeLimits: { tryMs: number; totalMs: number }
  /** Per user; `requests` 0 switches it off. */
  rateLimit: { requests: number; windowMs: number }
  environment: string
  /** A preview deployment never touches the production webhook. */
  isPreview: boolean
  /** The operator's application at my.telegram.org, for the account API; null where it is switched off. */
  telegramApi: { id: number; hash: string } | null
  /** Another server than Telegram's, on this machine, for tests and development. */
  mtprotoServers: MtprotoServers | null
  /** Seal the operators' Telegram sessions: 32 bytes each, the current one first, then those that only open. */
  accountKeys: readonly Buffer[]
  version: string
  region: string
  /** How long one invocation may work after its answer, in milliseconds. */
  workMs: number
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Reads and checks the settings.
 * @throws ConfigError naming every faulty variable at once, never a value
 */
export function readConfig(env: Environment): Config {
  const problems: ConfigProblem[] = []
  const bad = (variable: string, problem: string) => problems.push({ variable, problem })
  const text = (name: string): string | null => env[name]?.trim() || null
  const required = (name: string, alias?: string): string => {
    const value = text(name) ?? (alias ? text(alias) : null)
    if (value === null) bad(name, 'is missing')
    return value ?? ''
  }
  const whole = (name: string, fallback: number, least: number, most: number): number => {
    const value = text(name)
    if (value === null) return fallback
    const number = /^\d{1,9}$/.test(value) ? Number(value) : -1
    if (number < least || number > most) bad(name, `must be a whole number from ${least} to ${most}`)
    return number
  }
  const origin = (name: string, value: string | null): string | null => {
    if (value === null) return null
    const url = URL.canParse(value) ? new URL(value) : null
    const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname))
    if (!url || !safe || url.username || url.search || url.hash) {
      bad(name, 'must be an https URL (http only for localhost) without user, query or fragment')
    }
    return value.replace(/\/+$/, '')
  }

  const botToken = required('TELEGRAM_BOT_TOKEN')
  if (botToken && !/^\d{1,16}:[\w-]{10,}$/.test(botToken))
    bad('TELEGRAM_BOT_TOKEN', 'must look like 123456:ABC…')
  const adminToken = required('ADMIN_TOKEN')
  if (adminToken && adminToken.length < 32) bad('ADMIN_TOKEN', 'must have at least 32 characters')
  const storeUrl = origin(
    'UPSTASH_REDIS_REST_URL',
    required('UPSTASH_REDIS_REST_URL', 'KV_REST_API_URL') || null,
  )
  const storeToken = required('UPSTASH_REDIS_REST_TOKEN', 'KV_REST_API_TOKEN')
  const webhookSecret = text('TELEGRAM_WEBHOOK_SECRET')
  if (webhookSecret && !/^[\w-]{1,256}$/.test(webhookSecret)) {
    bad('TELEGRAM_WEBHOOK_SECRET', 'must be 1 to 256 characters of A-Z a-z 0-9 _ -')
  }
  const sessionSecret = text('SESSION_SECRET')
  if (sessionSecret && sessionSecret.length < 32) bad('SESSION_SECRET', 'must have at least 32 characters')
  const cronSecret = text('CRON_SECRET')
  if (cronSecret && cronSecret.length < 16) bad('CRON_SECRET', 'must have at least 16 characters')
  const adminIds = (text('ADMIN_TELEGRAM_IDS') ?? '').split(/[\s,]+/).filter(Boolean)
  if (!adminIds.every((id) => /^\d{1,16}$/.test(id)))
    bad('ADMIN_TELEGRAM_IDS', 'must be user ids separated by commas')
  const logLevel = (text('LOG_LEVEL') ?? 'info') as LogLevel
  if (!LOG_LEVELS.includes(logLevel)) bad('LOG_LEVEL', `must be one of ${LOG_LEVELS.join(', ')}`)
  const keyLocking = text('STORE_KEY_LOCKING') ?? '0'
  if (!/^[01]$/.test(keyLocking)) bad('STORE_KEY_LOCKING', 'must be 0 or 1')
  const isPreview = readPlace(env).environment === 'preview'
  // A preview can share the production store, but must not process production's mailboxes.
  const keyPrefix = text('KEY_PREFIX') ?? (isPreview ? 'evergram-preview' : 'evergram')
  if (!/^[\w:.-]{1,64}$/.test(keyPrefix))
    bad('KEY_PREFIX', 'must be 1 to 64 characters of A-Z a-z 0-9 _ : . -')
  const productionHost = text('VERCEL_PROJECT_PRODUCTION_URL')
  const publicUrl = origin(
    'PUBLIC_URL',
    text('PUBLIC_URL') ?? (productionHost && `https://${productionHost}`),
  )

  const apiId = text('TELEGRAM_API_ID')
  const apiHash = text('TELEGRAM_API_HASH')
  if (apiId && !/^[1-9]\d{0,9}$/.test(apiId)) bad('TELEGRAM_API_ID', 'must be a whole number')
  if (apiId && !apiHash) bad('TELEGRAM_API_HASH', 'is missing: it belongs to TELEGRAM_API_ID')
  if (apiHash && !apiId) bad('TELEGRAM_API_ID', 'is missing: it belongs to TELEGRAM_API_HASH')
  const mtproto = text('TELEGRAM_MTPROTO')
  const mtprotoServers = mtproto === null ? null : readMtprotoServers(mtproto)
  if (mtproto && !mtprotoServers) {
    bad('TELEGRAM_MTPROTO', 'must be 2@127.0.0.1:4430,4@127.0.0.1:4431#<public key, base64>, on this machine')
  }
  const sealingKeys = ['ACCOUNT_KEY', 'ACCOUNT_KEY_PREVIOUS'].flatMap((name) => {
    const value = text(name)
    if (value === null) return []
    const key = Buffer.from(value, 'base64')
    if (key.length !== 32) bad(name, 'must be 32 bytes in base64: openssl rand -base64 32')
    return [key]
  })
  const handlerTimeoutMs = whole('HANDLER_TIMEOUT_MS', 45_000, 100, 120_000)
  // Derived at the first use: the webhook's 200 does not need it.
  let sessionKey = sessionSecret
  const config: Config = {
    botToken,
    botId: botToken.split(':')[0] ?? '',
    adminToken,
    webhookSecret: webhookSecret ?? derive(adminToken, 'webhook secret'),
    get sessionSecret() {
      return (sessionKey ??= derive(adminToken, 'session key'))
    },
    cronSecret,
    telegramApi: apiId && apiHash ? { id: Number(apiId), hash: apiHash } : null,
    mtprotoServers,
    get accountKeys() {
      // The derived one opens what was sealed before ACCOUNT_KEY was set.
      const derived = Buffer.from(derive(adminToken, 'account key'), 'base64url')
      return text('ACCOUNT_KEY') ? [...sealingKeys, derived] : [derived, ...sealingKeys]
    },
    store: { url: storeUrl ?? '', token: storeToken },
    storeKeyLocking: keyLocking === '1',
    adminTelegramIds: new Set(adminIds),
    publicUrl,
    telegramApiRoot: origin('TELEGRAM_API_ROOT', text('TELEGRAM_API_ROOT')) ?? 'https://api.telegram.org',
    errorThreshold: whole('ERROR_THRESHOLD', 10, 1, 1_000_000),
    maxAttempts: whole('MAX_ATTEMPTS', 5, 1, 100),
    logLevel,
    keyPrefix,
    leaseMs: whole('LEASE_SECONDS', 15, 5, 300) * 1000,
    telegramTimeoutMs: whole('TELEGRAM_TIMEOUT_MS', 15_000, 100, 60_000),
    handlerTimeoutMs,
    storeLimits: {
      tryMs: whole('STORE_TRY_TIMEOUT_MS', 3000, 100, 30_000),
      totalMs: whole('STORE_TIMEOUT_MS', 4000, 100, 30_000),
    },
    rateLimit: {
      requests: whole('RATE_LIMIT_REQUESTS', 10, 0, 1_000_000),
      windowMs: whole('RATE_LIMIT_WINDOW_SECONDS', 60, 1, 86_400) * 1000,
    },
    ...readPlace(env),
    isPreview,
    // vercel.json's maxDuration of 300 s minus the longest handler and 15 s for its settlement.
    workMs: 285_000 - handlerTimeoutMs,
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

/** The address of the panel as a Mini App; null where Telegram cannot open it, because it takes https only. */
export function panelUrl({ publicUrl, isPreview }: Pick<Config, 'publicUrl' | 'isPreview'>): string | null {
  return publicUrl?.startsWith('https:') && !isPreview ? `${publicUrl}/app` : null
}

/** The environment, version and region. Never throws, so that health can show them when the settings are faulty. */
export function readPlace(env: Environment): Pick<Config, 'environment' | 'version' | 'region'> {
  return {
    environment: env['VERCEL_ENV'] ?? env['NODE_ENV'] ?? 'development',
    version: env['VERCEL_GIT_COMMIT_SHA']?.slice(0, 12) ?? '0.1.0',
    region: env['VERCEL_REGION'] ?? 'local',
  }
}

/** A secret of 43 characters derived from the admin token, one for each label. */
function derive(adminToken: string, label: string): string {
  return Buffer.from(hkdfSync('sha256', adminToken, '', `evergram ${label} v1`, 32)).toString('base64url')
}

/** The values that must never reach a log or an answer. The part of the token after the colon is one of them. */
export function secretsOf(config: Config): string[] {
  return [
    config.botToken,
    config.botToken.split(':')[1] ?? '',
    config.adminToken,
    config.webhookSecret,
    config.sessionSecret,
    config.cronSecret ?? '',
    config.store.token,
    config.telegramApi?.hash ?? '',
    // Derived only where there is an account API: it costs each request that logs.
    ...(config.telegramApi ? config.accountKeys.map((key) => key.toString('base64url')) : []),
  ].filter((value) => value !== '')
}

/** The secrets as they are in the environment, for the logger when the settings are faulty. */
export function secretsIn(env: Environment): string[] {
  const names = /TOKEN|SECRET|PASSWORD|KEY$|KEY_PREVIOUS$|API_HASH$/
  return Object.entries(env).flatMap(([name, value]) => (names.test(name) && value ? [value] : []))
}

/** A hash of a secret that may be stored: it identifies the secret and cannot be used in its place. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
