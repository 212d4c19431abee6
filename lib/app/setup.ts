/** GET, POST /setup: what is set up and what is not, with the remedy; and the proof that the whole way works. */
import * as z from 'zod'
import type { Check, Setup } from '../answers.ts'
import { commandsFor } from '../bot/commands.ts'
import { createTelegramCall, type TelegramCall } from '../bot/telegram.ts'
import { LANGUAGES } from '../bot/types.ts'
import type { Config, Environment } from '../config.ts'
import { HttpError, TelegramRefused } from '../errors.ts'
import { sinceCron } from '../health/cron.ts'
import { readSnapshot, type Snapshot } from '../health/snapshot.ts'
import { readStoreFacts } from '../health/store-facts.ts'
import { lookAtWebhook, webhookUrl } from '../health/telegram-view.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../http/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Invocation, type Surroundings } from './invocation.ts'
import { audited } from './operation.ts'
import { prove } from './prove.ts'

const Body = z.strictObject({ action: z.literal('prove') })

/** Looks at everything anew: Telegram and the store are asked, not what was last known of them. */
export async function checkSetup(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  await requireOperator(request, invocation)
  const { config, store } = invocation
  const call = createTelegramCall({ apiRoot: config.telegramApiRoot, token: config.botToken })
  const [webhook, commands, facts, cronMs, snapshot] = await Promise.all([
    checkWebhook(config, call),
    checkCommands(call),
    readStoreFacts(store),
    sinceCron(store),
    readSnapshot(store),
  ])
  const checks: Check[] = [
    ...checkVariables(around.env),
    webhook,
    commands,
    checkEviction(facts.evictionPolicy),
    checkCron(config, cronMs, snapshot),
    checkPublicUrl(config),
    checkAdmins(config),
  ]
  return json(200, { checks } satisfies Setup)
}

/** Sends a synthetic update through the whole way and says how long each step took. */
export async function proveSetup(request: Request, around: Surroundings): Promise<Response> {
  const invocation: Invocation = startInvocation(around)
  const operator = await requireOperator(request, invocation)
  const body = Body.safeParse(await readJson(request))
  if (!body.success) throw new HttpError(422, 'bad_request', 'Send {"action":"prove"}')
  return audited(invocation, operator, { action: 'prove' }, async () => {
    const proof = await prove(invocation, around, new URL(request.url).origin)
    const failed = proof.steps.find(({ ok }) => !ok)
    return { response: json(200, proof), result: failed ? `failed at ${failed.step}` : 'ok' }
  })
}

/** Name, what it is called where the marketplace sets it, and why it should be set where it need not be. */
const VARIABLES: readonly [name: string, alias: string | null, remedy: string | null][] = [
  ['TELEGRAM_BOT_TOKEN', null, null],
  ['ADMIN_TOKEN', null, null],
  ['UPSTASH_REDIS_REST_URL', 'KV_REST_API_URL', null],
  ['UPSTASH_REDIS_REST_TOKEN', 'KV_REST_API_TOKEN', null],
  ['CRON_SECRET', null, 'Set CRON_SECRET to 16 characters or more, or the daily cron is refused at /drain.'],
  [
    'PUBLIC_URL',
    'VERCEL_PROJECT_PRODUCTION_URL',
    'Set PUBLIC_URL to the address that Telegram is to deliver to.',
  ],
  ['ADMIN_TELEGRAM_IDS', null, 'Set ADMIN_TELEGRAM_IDS to your Telegram user id, to get alerts and /panel.'],
  ['TELEGRAM_WEBHOOK_SECRET', null, null],
  ['SESSION_SECRET', null, null],
]

/** What is required is there, or nothing here would be reached. */
function checkVariables(env: Environment): Check[] {
  return VARIABLES.map(([name, alias, remedy]) => {
    const isSet = (variable: string | null) => variable !== null && Boolean(env[variable]?.trim())
    const id = `variable:${name}`
    if (isSet(name)) return { id, state: 'ok', value: 'set', remedy: null }
    if (isSet(alias)) return { id, state: 'ok', value: `set as ${alias}`, remedy: null }
    if (remedy === null) return { id, state: 'ok', value: 'derived from ADMIN_TOKEN', remedy: null }
    return { id, state: 'warning', value: 'not set', remedy }
  })
}

async function checkWebhook(config: Config, call: TelegramCall): Promise<Check> {
  const id = 'webhook'
  if (webhookUrl(config) === null) {
    const remedy = 'Set PUBLIC_URL, so that the bot can tell Telegram where to deliver.'
    return config.isPreview
      ? { id, state: 'unknown', value: 'a preview deployment has no webhook', remedy: null }
      : { id, state: 'fault', value: null, remedy }
  }
  try {
    const look = await lookAtWebhook({ config, call })
    if (look.matches === true) return { id, state: 'ok', value: look.url, remedy: null }
    const value = look.url === '' ? 'not set' : look.url
    return { id, state: 'fault', value, remedy: 'Press Restart bot: it registers the webhook anew.' }
  } catch (error) {
    return unanswered(id, error)
  }
}

/** Every language's menu must be just what the bot would register. */
async function checkCommands(call: TelegramCall): Promise<Check> {
  const id = 'commands'
  try {
    const differing = await Promise.all(
      LANGUAGES.map(async (language, index) => {
        const scope = index === 0 ? {} : { language_code: language }
        const found = await call('getMyCommands', scope, { timeoutMs: 10_000 })
        return isMenu(found, commandsFor(language)) ? [] : [language]
      }),
    )
    const wrong = differing.flat().join(', ')
    if (wrong === '') return { id, state: 'ok', value: LANGUAGES.join(', '), remedy: null }
    const remedy = 'Press Restart bot: it registers the commands anew.'
    return { id, state: 'fault', value: `not as they should be in ${wrong}`, remedy }
  } catch (error) {
    return unanswered(id, error)
  }
}

const Menu = z.array(z.object({ command: z.string(), description: z.string() }))

function isMenu(found: unknown, expected: z.infer<typeof Menu>): boolean {
  const menu = Menu.safeParse(found)
  const line = ({ command, description }: z.infer<typeof Menu>[number]) => `${command} ${description}`
  return menu.success && menu.data.map(line).join('\n') === expected.map(line).join('\n')
}

function unanswered(id: string, error: unknown): Check {
  const isRevoked = error instanceof TelegramRefused && (error.code === 401 || error.code === 404)
  const remedy = isRevoked
    ? 'Telegram refuses the bot token: get a valid one from BotFather and set TELEGRAM_BOT_TOKEN.'
    : 'Telegram could not be asked; try again in a minute.'
  return { id, state: isRevoked ? 'fault' : 'unknown', value: null, remedy }
}

function checkEviction(policy: string | null): Check {
  const id = 'eviction'
  if (policy === 'noeviction') return { id, state: 'ok', value: policy, remedy: null }
  const remedy = 'Switch eviction off in the store’s console: a full store would silently forget updates.'
  if (policy !== null) return { id, state: 'fault', value: policy, remedy }
  const unknown = 'The store does not tell; look in its console that eviction is switched off.'
  return { id, state: 'unknown', value: null, remedy: unknown }
}

/** The cron comes once a day; an hour or two late is nothing. */
const CRON_LATE_MS = 26 * 3600_000

function checkCron(config: Config, sinceMs: number | null, snapshot: Snapshot): Check {
  const id = 'cron'
  const sweptMs = snapshot.lastSweepAtMs === null ? null : snapshot.nowMs - snapshot.lastSweepAtMs
  const value = `cron ${agoOf(sinceMs)}, last sweep ${agoOf(sweptMs)}`
  if (config.cronSecret === null) {
    const remedy =
      'Set CRON_SECRET, so that the platform’s cron is let in; or let an uptime monitor ask /health.'
    return { id, state: 'warning', value, remedy }
  }
  if (sinceMs !== null && sinceMs < CRON_LATE_MS) return { id, state: 'ok', value, remedy: null }
  const remedy =
    sinceMs === null
      ? 'The cron has not come yet: it does so once a day in production, under vercel.json’s crons.'
      : 'The cron has not come for more than a day: look at the project’s cron jobs in Vercel.'
  return { id, state: sinceMs === null ? 'unknown' : 'warning', value, remedy }
}

function agoOf(ms: number | null): string {
  if (ms === null) return 'never seen'
  const minutes = Math.round(Math.max(0, ms) / 60_000)
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`
}

function checkPublicUrl({ publicUrl, isPreview }: Config): Check {
  const id = 'public_url'
  if (publicUrl === null) {
    const remedy = 'Set PUBLIC_URL to the https address of this deployment.'
    return { id, state: 'fault', value: null, remedy }
  }
  if (isPreview) return { id, state: 'ok', value: `${publicUrl} (not used by a preview)`, remedy: null }
  if (publicUrl.startsWith('https:')) return { id, state: 'ok', value: publicUrl, remedy: null }
  const remedy = 'Telegram delivers to https addresses only; this one is for work on one machine.'
  return { id, state: 'warning', value: publicUrl, remedy }
}

function checkAdmins({ adminTelegramIds: { size } }: Config): Check {
  const id = 'admin_ids'
  if (size > 0) return { id, state: 'ok', value: String(size), remedy: null }
  const remedy = 'Set ADMIN_TELEGRAM_IDS to your Telegram user id: alerts and the panel in Telegram need it.'
  return { id, state: 'warning', value: '0', remedy }
}
