/**
 * Re-initialising the bot: exactly one invocation over the whole fleet does it, it proves what it did, and a
 * failed try opens the breaker and is repeated with backoff. It never launches or polls.
 */
import * as z from 'zod'
import type { Config } from '../config.ts'
import { TelegramRefused, TelegramUnreachable } from '../errors.ts'
import { isRevoked } from '../kit/refusals.ts'
import { describeError, type Logger, type Redact } from '../log.ts'
import type { Store } from '../redis.ts'
import type { TelegramCall } from '../telegram.ts'
import { every, type Clock } from '../time.ts'
import {
  HEAL_LOCK_MS,
  PROBE_MAX_MS,
  claimHeal,
  finishHeal,
  keepHeal,
  type HealReason,
} from '../state/bot-state.ts'
import { registerWebhook, webhookUrl } from '../webhook/telegram-view.ts'

export interface HealDeps {
  store: Store
  config: Pick<Config, 'botId' | 'publicUrl' | 'isPreview' | 'webhookSecret' | 'errorThreshold'>
  call: TelegramCall
  /** The bot's command list in each language; the first is the default. */
  commands: readonly { language: string; commands: readonly { command: string; description: string }[] }[]
  /** The panel's button in the menu of administrators' chats with the bot. */
  menu?: { adminTelegramIds: ReadonlySet<string>; url: string; text: string } | null
  log: Logger
  /** Takes the secrets out of what is stored or answered of Telegram. */
  redact: Redact
  clock: Clock
  /** Unique to this invocation. */
  owner: string
}

export type Step = { step: string; ok: boolean; detail?: string }

export type Healed =
  | { word: 'healed'; epoch: number; steps: Step[] }
  | { word: 'failed'; status: 'FAILED' | 'UNAUTHORIZED'; nextProbeMs: number; steps: Step[] }
  | { word: 'busy' | 'early' | 'unneeded'; waitMs: number; info: string | null }

const BotInfo = z.looseObject({
  id: z.number(),
  is_bot: z.literal(true),
  first_name: z.string(),
  username: z.string(),
})

/** Another instance has the claim now. */
class ClaimLost extends Error {}
const LOST = { word: 'busy', waitMs: 1000, info: null } as const

const PROBE_CAP_MS = 10_000

/** How long to wait after `tries` failures before the next try: 1, 2, 4, 8, then 10 s, with a jitter of a fifth. */
export function probeDelayMs(tries: number, random: () => number = Math.random): number {
  return Math.min(1000 * 2 ** Math.min(tries, 10), PROBE_CAP_MS) * (0.8 + 0.4 * random())
}

/**
 * Re-initialises the bot if `reason` still holds and no other instance has the claim.
 * 'init' only fetches the bot's own data for a new deployment; the others register the webhook and commands too.
 * @throws StoreError
 */
export async function heal(deps: HealDeps, reason: HealReason): Promise<Healed> {
  const { store, log, owner } = deps
  const claim = await claimHeal(store, owner, reason, deps.config.errorThreshold)
  if (claim.word !== 'claimed') return { word: claim.word, waitMs: claim.waitMs, info: claim.info }
  if (reason === 'threshold') log.warn('too many errors, reinitializing bot', { error_count: claim.errors })

  const progress: Progress = { steps: [], isLost: false }
  const stopKeeping = every(HEAL_LOCK_MS / 3, async () => {
    progress.isLost ||= !(await keepHeal(store, owner).catch(() => true))
  })
  try {
    const info = await initialise(deps, reason, progress)
    const epoch = await finishHeal(store, owner, { status: 'OK', info })
    // The claim ran out meanwhile: the instance that has it now writes the bot's status.
    if (epoch === null) return LOST
    const { steps } = progress
    log.info(reason === 'init' ? 'bot initialized' : 'bot reinitialized', { epoch, reason, steps })
    return { word: 'healed', epoch, steps }
  } catch (error) {
    if (error instanceof ClaimLost) return LOST
    return recordFailure(deps, reason, claim.tries, error, progress.steps)
  } finally {
    await stopKeeping()
  }
}

interface Progress {
  steps: Step[]
  isLost: boolean
}

/** Runs one step and notes how it ended. */
async function step<T>(
  { redact }: HealDeps,
  progress: Progress,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  if (progress.isLost) throw new ClaimLost()
  try {
    const result = await run()
    progress.steps.push({ step: name, ok: true })
    return result
  } catch (error) {
    progress.steps.push({ step: name, ok: false, detail: String(describeError(error, redact)['message']) })
    throw error
  }
}

/** @returns the bot's own data as JSON text, with the id in the token that it was got with */
async function initialise(deps: HealDeps, reason: HealReason, progress: Progress): Promise<string> {
  const answer = await step(deps, progress, 'getMe', () => deps.call('getMe', {}, { timeoutMs: 10_000 }))
  const info = BotInfo.parse(answer)
  if (reason !== 'init') await register(deps, progress)
  return JSON.stringify({ ...info, of_token: deps.config.botId })
}

/** @throws the error itself where it is neither Telegram's nor its reply's */
async function recordFailure(
  { store, owner, log }: HealDeps,
  reason: HealReason,
  tries: number,
  error: unknown,
  steps: Step[],
): Promise<Healed> {
  const isRefusal = error instanceof TelegramRefused
  if (!isRefusal && !(error instanceof TelegramUnreachable) && !(error instanceof z.ZodError)) throw error
  const status = isRevoked(error) ? 'UNAUTHORIZED' : 'FAILED'
  const askedMs = isRefusal ? (error.retryAfterSeconds ?? 0) * 1000 : 0
  const nextProbeMs = Math.min(Math.max(probeDelayMs(tries), askedMs), PROBE_MAX_MS)
  await finishHeal(store, owner, { status, nextProbeMs })
  const fields = { reason, status, tries: tries + 1, next_probe_ms: Math.round(nextProbeMs), error }
  log.error('reinitialization failed', fields)
  return { word: 'failed', status, nextProbeMs, steps }
}

/**
 * Registers webhook and commands. The re-initialisation fails only where Telegram is away or the token is revoked.
 * With a webhook that Telegram refuses for another reason the bot can still answer what it has accepted, so that is
 * reported in the steps and by `/health`, and the breaker stays closed.
 */
async function register(deps: HealDeps, progress: Progress): Promise<void> {
  const attempt = async (name: string, run: () => Promise<void>) => {
    try {
      await step(deps, progress, name, run)
    } catch (error) {
      if (error instanceof TelegramUnreachable || error instanceof ClaimLost) throw error
      if (isRevoked(error)) throw error
      deps.log.error('reinitialization step failed', { step: name, error })
    }
  }
  const url = webhookUrl(deps.config)
  if (url === null) {
    const detail = deps.config.isPreview ? 'a preview deployment has no webhook' : 'PUBLIC_URL is not set'
    progress.steps.push({ step: 'setWebhook', ok: true, detail: `skipped: ${detail}` })
  } else {
    await attempt('setWebhook', async () => {
      const look = await registerWebhook(deps, url, false)
      if (look.matches === false) throw new TelegramRefused('getWebhookInfo', 0, 'the webhook did not take')
    })
  }
  for (const [index, { language, commands }] of deps.commands.entries()) {
    const scope = index === 0 ? {} : { language_code: language }
    await attempt(`setMyCommands ${language}`, async () => {
      await deps.call('setMyCommands', { commands, ...scope }, { timeoutMs: 10_000 })
    })
  }
  if (deps.menu && deps.menu.adminTelegramIds.size > 0) await offerPanel(deps, deps.menu, progress)
}

/** At most so many menus are set, because each costs a call at every re-initialisation; /panel works for all. */
const MENUS = 20

/** Best effort: an administrator who has never written to the bot has no chat with it. */
async function offerPanel(
  { call, log }: HealDeps,
  { adminTelegramIds, url, text }: NonNullable<HealDeps['menu']>,
  progress: Progress,
): Promise<void> {
  if (progress.isLost) throw new ClaimLost()
  const ids = [...adminTelegramIds].slice(0, MENUS)
  const menu_button = { type: 'web_app', text, web_app: { url } }
  const outcomes = await Promise.allSettled(
    ids.map((id) => call('setChatMenuButton', { chat_id: Number(id), menu_button }, { timeoutMs: 5000 })),
  )
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
  const detail = `${ids.length - failures.length} of ${adminTelegramIds.size} administrators`
  progress.steps.push({ step: 'setChatMenuButton', ok: true, detail })
  const [first] = failures
  if (first)
    log.warn('the panel was not offered to every administrator', { detail, error: first.reason as unknown })
}
