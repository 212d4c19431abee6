import { describe, expect, it } from 'vitest'
import { readConfig, secretsOf, type Environment } from '../lib/config.ts'
import { ConfigError } from '../lib/errors.ts'

const GOOD: Environment = {
  TELEGRAM_BOT_TOKEN: '123456789:AAabcdefghijklmnop',
  ADMIN_TOKEN: 'an-admin-token-of-more-than-32-characters',
  UPSTASH_REDIS_REST_URL: 'https://store.example.com',
  UPSTASH_REDIS_REST_TOKEN: 'store-token',
}

function faults(env: Environment): string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ variable }) => variable)
  }
}

describe('readConfig', () => {
  it('has the documented defaults', () => {
    const config = readConfig(GOOD)
    expect(config).toMatchObject({
      botId: '123456789',
      errorThreshold: 10,
      maxAttempts: 5,
      logLevel: 'info',
      keyPrefix: 'evergram',
      leaseMs: 15_000,
      telegramTimeoutMs: 15_000,
      handlerTimeoutMs: 45_000,
      storeLimits: { tryMs: 3000, totalMs: 4000 },
      workMs: 240_000,
      rateLimit: { requests: 10, windowMs: 60_000 },
      telegramApiRoot: 'https://api.telegram.org',
      publicUrl: null,
      environment: 'development',
    })
  })

  it('names every missing variable at once', () => {
    expect(faults({})).toEqual([
      'TELEGRAM_BOT_TOKEN',
      'ADMIN_TOKEN',
      'UPSTASH_REDIS_REST_URL',
      'UPSTASH_REDIS_REST_TOKEN',
    ])
  })

  it.each([
    ['TELEGRAM_BOT_TOKEN', 'nonsense'],
    ['ADMIN_TOKEN', 'short'],
    ['UPSTASH_REDIS_REST_URL', 'http://store.example.com'],
    ['UPSTASH_REDIS_REST_URL', 'not a url'],
    ['TELEGRAM_WEBHOOK_SECRET', 'has a space'],
    ['SESSION_SECRET', 'short'],
    ['CRON_SECRET', 'short'],
    ['ADMIN_TELEGRAM_IDS', '12,abc'],
    ['LOG_LEVEL', 'loud'],
    ['LEASE_SECONDS', '4'],
    ['LEASE_SECONDS', '1e9'],
    ['MAX_ATTEMPTS', '0'],
    ['ERROR_THRESHOLD', '-1'],
    ['RATE_LIMIT_REQUESTS', 'ten'],
    ['KEY_PREFIX', 'has a space'],
    ['PUBLIC_URL', 'http://bot.example.com'],
    ['PUBLIC_URL', 'https://user:pass@bot.example.com'],
    ['TELEGRAM_API_ROOT', 'ftp://x'],
    ['STORE_KEY_LOCKING', 'yes'],
    ['TELEGRAM_TIMEOUT_MS', '99'],
    ['TELEGRAM_TIMEOUT_MS', '60001'],
    ['HANDLER_TIMEOUT_MS', '45s'],
    ['HANDLER_TIMEOUT_MS', '120001'],
    ['STORE_TRY_TIMEOUT_MS', '0'],
    ['STORE_TIMEOUT_MS', '30001'],
  ])('refuses %s=%s', (name, value) => {
    expect(faults({ ...GOOD, [name]: value })).toEqual([name])
  })

  it('ends the work of an invocation earlier where a handler may run longer', () => {
    const config = readConfig({ ...GOOD, HANDLER_TIMEOUT_MS: '120000' })
    expect(config.workMs + config.handlerTimeoutMs).toBeLessThan(300_000)
  })

  it('never shows a value', () => {
    const env = {
      ...GOOD,
      TELEGRAM_BOT_TOKEN: 'value-one',
      ADMIN_TOKEN: 'value-two',
      PUBLIC_URL: 'value-three',
    }
    expect(() => readConfig(env)).toThrow(/^((?!value-)[\s\S])*$/)
  })

  it('reads the names that the Vercel marketplace injects', () => {
    const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token, ...rest } = GOOD
    const config = readConfig({ ...rest, KV_REST_API_URL: url, KV_REST_API_TOKEN: token })
    expect(config.store).toEqual({ url: 'https://store.example.com', token: 'store-token' })
  })

  it('derives different secrets from the admin token, stable and fit for Telegram', () => {
    const one = readConfig(GOOD)
    expect(one.webhookSecret).toMatch(/^[\w-]{43}$/)
    expect(one.webhookSecret).not.toBe(one.sessionSecret)
    expect(readConfig(GOOD).webhookSecret).toBe(one.webhookSecret)
    const other = readConfig({ ...GOOD, ADMIN_TOKEN: `${GOOD['ADMIN_TOKEN']}!` })
    expect(other.webhookSecret).not.toBe(one.webhookSecret)
  })

  it('takes the production URL for its own, and keeps a preview apart', () => {
    const env = { ...GOOD, VERCEL_PROJECT_PRODUCTION_URL: 'bot.vercel.app' }
    expect(readConfig({ ...env, VERCEL_ENV: 'production' })).toMatchObject({
      publicUrl: 'https://bot.vercel.app',
      isPreview: false,
      keyPrefix: 'evergram',
    })
    expect(readConfig({ ...env, VERCEL_ENV: 'preview' })).toMatchObject({
      isPreview: true,
      keyPrefix: 'evergram-preview',
    })
  })

  it('counts the secret half of the bot token among the secrets', () => {
    expect(secretsOf(readConfig(GOOD))).toContain('AAabcdefghijklmnop')
  })
})
