/**
 * Re-initialising the bot: exactly one invocation over the whole fleet does it, it proves what it did, and a
 * failed try opens the breaker and is repeated with backoff. It never launches or polls.
 */
import * as z from 'zod'
import type { Config } from '../config.ts'
import { TelegramRefused, TelegramUnreachable } from '../errors.ts'
import { describeError, type Logger } from '../log.ts'
import type { Store } from '../redis.ts'
import type { Clock } from '../time.ts'
import { claimHeal, finishHeal, type HealReason } from './state.ts'
import { registerWebhook, webhookUrl } from './telegram-view.ts'

/** A Bot API call: its result, or TelegramRefused, or TelegramUnreachable. */
export type Call = (
  method: string,
  params?: Record<string, unknown>,
  options?: { timeoutMs?: number },
) => Promise<unknown>

export interface HealDeps {
  store: Store
  config: Pick<Config, 'publicUrl' | 'isPreview' | 'webhookSecret' | 'errorThreshold' | 'adminTelegramIds'>
  call: Call
  /** The bot's command list in each language; the first is the default. */
  commands: readonly { language: string; commands: readonly { command: string; description: string }[] }[]
  log: Logger
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

const PROBE_CAP_MS = 15_000

/** How long to wait after `tries` failures before the next try: 1, 2, 4, 8, then 15 s, give or take a fifth. */
export function probeDelayMs(tries: number, random: () => number = Math.random): number {
  return Math.min(1000 * 2 ** Math.min(tries, 10), PROBE_CAP_MS) * (0.8 + 0.4 * random())
}

/**
 * Re-initialises the bot if `reason` still holds and nobody else is at it.
 * 'init' only fetches the bot's own data for a new deployment; the others register the webhook and commands too.
 * @throws StoreError
 */
export async function heal(deps: HealDeps, reason: HealReason): Promise<Healed> {
  const { store, log, owner } = deps
  const claim = await claimHeal(store, owner, reason, deps.config.errorThreshold)
  if (claim.word !== 'claimed') return { word: claim.word, waitMs: claim.waitMs, info: claim.info }
  if (reason === 'threshold') log.warn('too many errors, reinitializing bot', { error_count: claim.errors })

  const steps: Step[] = []
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    try {
      const result = await run()
      steps.push({ step: name, ok: true })
      return result
    } catch (error) {
      steps.push({ step: name, ok: false, detail: String(describeError(error)['message']) })
      throw error
    }
  }
  try {
    const info = BotInfo.parse(await step('getMe', () => deps.call('getMe', {}, { timeoutMs: 10_000 })))
    if (reason !== 'init') await register(deps, step, steps)
    const epoch = await finishHeal(store, owner, {
      status: 'OK',
      info: JSON.stringify(info),
    })
    // The claim ran out meanwhile: whoever has it now says how the bot is.
    if (epoch === null) return { word: 'busy', waitMs: 1000, info: null }
    log.info(reason === 'init' ? 'bot initialized' : 'bot reinitialized', { epoch, reason, steps })
    return { word: 'healed', epoch, steps }
  } catch (error) {
    if (
      !(
        error instanceof TelegramRefused ||
        error instanceof TelegramUnreachable ||
        error instanceof z.ZodError
      )
    ) {
      throw error
    }
    const unauthorized = error instanceof TelegramRefused && (error.code === 401 || error.code === 404)
    const status = unauthorized ? 'UNAUTHORIZED' : 'FAILED'
    const askedMs = error instanceof TelegramRefused ? (error.retryAfterSeconds ?? 0) * 1000 : 0
    const nextProbeMs = Math.max(probeDelayMs(claim.tries), askedMs)
    await finishHeal(store, owner, { status, nextProbeMs })
    log.error('reinitialization failed', {
      reason,
      status,
      tries: claim.tries + 1,
      next_probe_ms: nextProbeMs,
      error,
    })
    return { word: 'failed', status, nextProbeMs, steps }
  }
}

/**
 * Registers webhook and commands. Only Telegram being away or the token being revoked ends the
 * re-initialisation: a webhook that Telegram refuses for another reason leaves a bot that can still answer what
 * it has accepted, so that is reported (and `/health` calls it deaf), not made an outage.
 */
async function register(
  deps: HealDeps,
  step: <T>(name: string, run: () => Promise<T>) => Promise<T>,
  steps: Step[],
): Promise<void> {
  const attempt = async (name: string, run: () => Promise<void>) => {
    try {
      await step(name, run)
    } catch (error) {
      if (error instanceof TelegramUnreachable) throw error
      if (error instanceof TelegramRefused && error.code === 401) throw error
      deps.log.error('reinitialization step failed', { step: name, error })
    }
  }
  const url = webhookUrl(deps.config)
  if (url === null) {
    const detail = deps.config.isPreview ? 'a preview deployment has no webhook' : 'PUBLIC_URL is not set'
    steps.push({ step: 'setWebhook', ok: true, detail: `skipped: ${detail}` })
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
}
