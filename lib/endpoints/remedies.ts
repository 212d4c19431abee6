/** Remedies for the findings of the setup check. In English for curl; the panel translates the code. */
import type { Check, RemedyCode } from '../contract.ts'

const REMEDIES: Record<RemedyCode, string> = {
  set_cron_secret:
    'Set CRON_SECRET to 16 characters or more: then the daily cron has access. Or let an uptime monitor request /health.',
  set_public_url: 'Set PUBLIC_URL to the https address at which Telegram reaches this deployment.',
  set_admin_ids: 'Set ADMIN_TELEGRAM_IDS to your Telegram user id: alerts and the panel in Telegram need it.',
  use_https: 'Set PUBLIC_URL to an https address: Telegram delivers to no other.',
  restart: 'Press Restart bot: it sets the webhook and the commands again.',
  replace_token: 'Telegram refuses the bot token: get a valid one from BotFather and set TELEGRAM_BOT_TOKEN.',
  ask_again: 'Telegram did not answer. Check again in a minute.',
  switch_eviction_off:
    'Switch eviction off in the store’s console (noeviction): otherwise a full store loses updates without an error.',
  look_at_eviction: 'The store does not report it: check in its console that eviction is switched off.',
  await_cron: 'The cron has not run yet: it runs once a day in production, see "crons" in vercel.json.',
  look_at_cron: 'The cron has not run for more than a day: check the project’s cron jobs in Vercel.',
  set_up_account:
    'Optional: to read your own Telegram account here, create an application at https://my.telegram.org (“API development tools”) and set TELEGRAM_API_ID and TELEGRAM_API_HASH.',
  set_account_key:
    'Set ACCOUNT_KEY (openssl rand -base64 32): without it a new ADMIN_TOKEN makes the stored sessions unreadable.',
}

/** The result of a check that is in order. @param value see Check in contract.ts */
export function inOrder(id: string, value: string | null): Check {
  return { id, state: 'ok', value, remedy: null, remedy_code: null }
}

/** The result of a check that is not in order, with the remedy. */
export function notInOrder(
  id: string,
  state: 'warning' | 'fault' | 'unknown',
  value: string | null,
  code: RemedyCode,
): Check {
  return { id, state, value, remedy: REMEDIES[code], remedy_code: code }
}

/** A check of what need not be there: nothing is wrong, and the remedy says how to have it. */
export function optional(id: string, code: RemedyCode): Check {
  return { ...notInOrder(id, 'unknown', 'unset', code), state: 'ok' }
}
