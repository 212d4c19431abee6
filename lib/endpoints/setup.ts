/** GET, POST /setup: the setup check with its remedies, and the self-test. */
import * as z from 'zod'
import type { Check, Setup } from '../contract.ts'
import { telegramCallOf, type TelegramCall } from '../telegram.ts'
import type { Config, Environment } from '../config.ts'
import { HttpError } from '../errors.ts'
import { isRevoked } from '../kit/refusals.ts'
import { sinceCron } from '../operator/cron.ts'
import { readStoreFacts } from '../operator/store-facts.ts'
import { readWebhook, webhookUrl } from '../webhook/telegram-view.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { audited } from './audited.ts'
import { prove } from './prove.ts'
import { inOrder, notInOrder, optional } from './remedies.ts'
import { checkVariables } from './variables.ts'

const Body = z.strictObject({ action: z.literal('prove') })

/** Checks everything now: asks Telegram and the store, and does not use the stored view. */
export async function checkSetup(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  await requireOperator(request, invocation)
  const { config, store } = invocation
  const call = telegramCallOf(config)
  const [webhook, commands, facts, cronMs] = await Promise.all([
    checkWebhook(invocation, call),
    checkCommands(invocation, call),
    readStoreFacts(store),
    sinceCron(store),
  ])
  const checks: Check[] = [
    ...checkVariables(around.env),
    webhook,
    commands,
    checkEviction(facts.evictionPolicy),
    checkCron(config, cronMs, invocation.nowMs()),
    checkPublicUrl(config),
    checkAdmins(config),
    checkAccount(around.env, config),
  ]
  return json(200, { checks } satisfies Setup)
}

/** Runs the self-test and answers with the duration of each step. */
export async function proveSetup(request: Request, around: Surroundings): Promise<Response> {
  const invocation: Invocation = startInvocation(around)
  const operator = await requireOperator(request, invocation)
  const body = Body.safeParse(await readJson(request))
  if (!body.success) throw new HttpError(422, 'bad_request', 'Send {"action":"prove"}')
  return audited(invocation, operator, { action: 'prove' }, async () => {
    const proof = await prove(invocation, around, new URL(request.url).origin)
    const failed = proof.steps.find(({ ok }) => !ok)
    return { response: json(200, proof), result: failed ? (failed.error ?? failed.step) : 'ok' }
  })
}

async function checkWebhook({ config, redact }: Invocation, call: TelegramCall): Promise<Check> {
  const id = 'webhook'
  // A preview must not have a webhook: it would replace production's.
  if (config.isPreview) return inOrder(id, 'preview')
  if (webhookUrl(config) === null) return notInOrder(id, 'fault', null, 'set_public_url')
  try {
    const { matches, url } = await readWebhook({ config, call, redact })
    return matches === true ? inOrder(id, url) : notInOrder(id, 'fault', url || 'none', 'restart')
  } catch (error) {
    return unanswered(id, error)
  }
}

/** Compares the menu of each language with the one that the bot registers. The finding names the languages that differ. */
async function checkCommands(invocation: Invocation, call: TelegramCall): Promise<Check> {
  const id = 'commands'
  const { languages, commands } = await invocation.bot()
  try {
    const differing = await Promise.all(
      languages.map(async (language, index) => {
        const scope = index === 0 ? {} : { language_code: language }
        const found = await call('getMyCommands', scope, { timeoutMs: 10_000 })
        return isMenu(found, commands(language)) ? [] : [language]
      }),
    )
    const wrong = differing.flat().join(', ')
    return wrong === '' ? inOrder(id, languages.join(', ')) : notInOrder(id, 'fault', wrong, 'restart')
  } catch (error) {
    return unanswered(id, error)
  }
}

const Menu = z.array(z.object({ command: z.string(), description: z.string() }))

function isMenu(found: unknown, expected: readonly z.infer<typeof Menu>[number][]): boolean {
  const menu = Menu.safeParse(found)
  const line = ({ command, description }: z.infer<typeof Menu>[number]) => `${command} ${description}`
  return menu.success && menu.data.map(line).join('\n') === expected.map(line).join('\n')
}

function unanswered(id: string, error: unknown): Check {
  return isRevoked(error)
    ? notInOrder(id, 'fault', null, 'replace_token')
    : notInOrder(id, 'unknown', null, 'ask_again')
}

function checkEviction(policy: string | null): Check {
  const id = 'eviction'
  if (policy === 'noeviction') return inOrder(id, policy)
  return policy === null
    ? notInOrder(id, 'unknown', null, 'look_at_eviction')
    : notInOrder(id, 'fault', policy, 'switch_eviction_off')
}

/** The cron runs once a day; a delay of two hours is normal. */
const CRON_LATE_MS = 26 * 3600_000

/** The value is the time of the cron's last call. */
function checkCron({ cronSecret }: Config, sinceMs: number | null, nowMs: number): Check {
  const id = 'cron'
  const value = sinceMs === null ? null : new Date(nowMs - sinceMs).toISOString()
  if (cronSecret === null) return notInOrder(id, 'warning', value, 'set_cron_secret')
  if (sinceMs === null) return notInOrder(id, 'unknown', value, 'await_cron')
  return sinceMs < CRON_LATE_MS ? inOrder(id, value) : notInOrder(id, 'warning', value, 'look_at_cron')
}

/** The finding does not show the address. */
function checkPublicUrl({ publicUrl, isPreview }: Config): Check {
  const id = 'public_url'
  if (isPreview) return inOrder(id, 'preview')
  if (publicUrl === null) return notInOrder(id, 'fault', null, 'set_public_url')
  return publicUrl.startsWith('https:') ? inOrder(id, null) : notInOrder(id, 'warning', null, 'use_https')
}

function checkAdmins({ adminTelegramIds: { size } }: Config): Check {
  const id = 'admin_ids'
  return size > 0 ? inOrder(id, String(size)) : notInOrder(id, 'warning', '0', 'set_admin_ids')
}

/** The account API: off unless the operator has an application at my.telegram.org. */
function checkAccount(env: Environment, { telegramApi }: Config): Check {
  const id = 'account'
  if (telegramApi === null) return optional(id, 'set_up_account')
  return env['ACCOUNT_KEY']?.trim()
    ? inOrder(id, 'set')
    : notInOrder(id, 'warning', 'default', 'set_account_key')
}
