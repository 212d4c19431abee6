/** The fixed settings of the golden: what is derived from them is part of it. */
import type { Environment } from './code.ts'

export const SETTINGS = {
  TELEGRAM_BOT_TOKEN: '7000000001:AAgolden-token_for-tests-only',
  ADMIN_TOKEN: 'golden admin token, made up: 5f1c9d27b3',
  UPSTASH_REDIS_REST_URL: 'https://store.golden.example',
  UPSTASH_REDIS_REST_TOKEN: 'golden-store-token',
  ADMIN_TELEGRAM_IDS: '501, 900',
  PUBLIC_URL: 'https://bot.golden.example',
  RATE_LIMIT_REQUESTS: '3',
} satisfies Environment

/** A second webhook secret, for a rotation. */
export const ROTATED_SECRET = 'golden-rotated-webhook-secret_01'

/** When the busy store's day begins, by the store's clock: 15 January 2026, 09:00:00.123 UTC. */
export const START_MS = Date.UTC(2026, 0, 15, 9, 0, 0, 123)

/** When the scenario ends: readers are asked at this time. */
export const END_MS = START_MS + 30 * 60_000
