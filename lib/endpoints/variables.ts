/** Which environment variables are set. The answer never has their values. */
import type { Check, RemedyCode } from '../contract.ts'
import type { Environment } from '../config.ts'
import { inOrder, notInOrder } from './remedies.ts'

interface Variable {
  name: string
  /** The name under which the platform or its marketplace sets it. */
  alias?: string
  /** Present where an optional variable should be set. */
  remedy?: RemedyCode
}

/**
 * The variables that readConfig reads, without those that only the platform sets. test/endpoints/setup.test.ts compares
 * the two lists.
 */
export const VARIABLES: readonly Variable[] = [
  { name: 'TELEGRAM_BOT_TOKEN' },
  { name: 'ADMIN_TOKEN' },
  { name: 'UPSTASH_REDIS_REST_URL', alias: 'KV_REST_API_URL' },
  { name: 'UPSTASH_REDIS_REST_TOKEN', alias: 'KV_REST_API_TOKEN' },
  { name: 'CRON_SECRET', remedy: 'set_cron_secret' },
  { name: 'PUBLIC_URL', alias: 'VERCEL_PROJECT_PRODUCTION_URL', remedy: 'set_public_url' },
  { name: 'ADMIN_TELEGRAM_IDS', remedy: 'set_admin_ids' },
  { name: 'TELEGRAM_WEBHOOK_SECRET' },
  { name: 'SESSION_SECRET' },
  { name: 'TELEGRAM_API_ROOT' },
  { name: 'TELEGRAM_API_ID' },
  { name: 'TELEGRAM_API_HASH' },
  { name: 'ACCOUNT_KEY' },
  { name: 'ACCOUNT_KEY_PREVIOUS' },
  { name: 'TELEGRAM_MTPROTO' },
  { name: 'KEY_PREFIX' },
  { name: 'STORE_KEY_LOCKING' },
  { name: 'ERROR_THRESHOLD' },
  { name: 'MAX_ATTEMPTS' },
  { name: 'LEASE_SECONDS' },
  { name: 'TELEGRAM_TIMEOUT_MS' },
  { name: 'HANDLER_TIMEOUT_MS' },
  { name: 'STORE_TRY_TIMEOUT_MS' },
  { name: 'STORE_TIMEOUT_MS' },
  { name: 'RATE_LIMIT_REQUESTS' },
  { name: 'RATE_LIMIT_WINDOW_SECONDS' },
  { name: 'LOG_LEVEL' },
]

/** One check for each variable. Required ones are set, because readConfig has already passed; others have a default. */
export function checkVariables(env: Environment): Check[] {
  const isSet = (name: string) => Boolean(env[name]?.trim())
  return VARIABLES.map(({ name, alias, remedy }) => {
    const id = `variable:${name}`
    if (isSet(name)) return inOrder(id, 'set')
    if (alias !== undefined && isSet(alias)) return inOrder(id, alias)
    return remedy ? notInOrder(id, 'warning', 'unset', remedy) : inOrder(id, 'default')
  })
}
