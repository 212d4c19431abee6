/** What to do where the setup check finds something not in order: in English for curl; the panel words the code. */
import type { Check, RemedyCode } from '../contract.ts'

const REMEDIES: Record<RemedyCode, string> = {
  set_cron_secret:
    'Set CRON_SECRET to 16 characters or more, so that the daily cron is let in; or let an uptime monitor ask /health.',
  set_public_url: 'Set PUBLIC_URL to the https address at which Telegram reaches this deployment.',
  set_admin_ids: 'Set ADMIN_TELEGRAM_IDS to your Telegram user id: alerts and the panel in Telegram need it.',
  use_https: 'Set PUBLIC_URL to an https address: Telegram delivers to no other.',
  restart: 'Press Restart bot: it registers the webhook and the commands anew.',
  replace_token: 'Telegram refuses the bot token: get a valid one from BotFather and set TELEGRAM_BOT_TOKEN.',
  ask_again: 'Telegram could not be asked; try again in a minute.',
  switch_eviction_off:
    'Switch eviction off in the store’s console: a full store would silently forget updates.',
  look_at_eviction: 'The store does not tell; look in its console that eviction is switched off.',
  await_cron: 'The cron has not come yet: it does so once a day in production, under vercel.json’s crons.',
  look_at_cron: 'The cron has not come for more than a day: look at the project’s cron jobs in Vercel.',
}

/** A check that found all in order. @param value as answers.ts has it */
export function inOrder(id: string, value: string | null): Check {
  return { id, state: 'ok', value, remedy: null, remedy_code: null }
}

/** A check that did not, and what helps. */
export function wanting(
  id: string,
  state: 'warning' | 'fault' | 'unknown',
  value: string | null,
  code: RemedyCode,
): Check {
  return { id, state, value, remedy: REMEDIES[code], remedy_code: code }
}
