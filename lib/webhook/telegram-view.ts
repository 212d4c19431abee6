/** Telegram's own view of the webhook: read at most once a minute over all instances, kept in the store. */
import * as z from 'zod'
import { fingerprint, type Config } from '../config.ts'
import { describeError, type Logger } from '../log.ts'
import { CLOCK, type Store } from '../redis.ts'
import type { TelegramCall } from '../telegram.ts'
import type { TelegramView } from '../state/snapshot.ts'
import { recordSecret } from './secret.ts'

/** The kinds of update that the bot handles, or wants to know of. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'my_chat_member'] as const

const MAX_CONNECTIONS = 40
/** The limit of one call here: a whole re-initialisation must end before its claim does. */
const STEP = { timeoutMs: 10_000 }
export const FRESH_MS = 60_000
/** Also after a drift that may be repaired: who found it may have died at that. */
export const FRESH_AFTER_FAILURE_MS = 5_000
/** A webhook that somebody else takes again within this time is theirs: no fight, an alarm. */
const REPAIR_AGAIN_MS = 24 * 3600_000

const WebhookInfo = z.object({
  url: z.string(),
  pending_update_count: z.number().default(0),
  last_error_date: z.number().optional(),
  last_error_message: z.string().optional(),
  allowed_updates: z.array(z.string()).optional(),
})

/**
 * KEYS  1 HASH telegram
 * ARGV  1 now ms or '' · 2 fresh ms · 3 fresh ms after a failure, or a drift that was not repaired for 4 ms
 * Returns [look|fresh, now, repaired at, fingerprint of the secret that Telegram was told]; 'look' goes to one caller until the interval is over
 */
const CLAIM_LOOK = `${CLOCK}
local now = clock(ARGV[1])
local f = redis.call('HMGET', KEYS[1], 'looked_at', 'ok', 'repaired_at', 'secret', 'matches')
local drifted = f[5] == '0' and math.abs(now - num(f[3])) >= tonumber(ARGV[4])
if math.abs(now - num(f[1])) < tonumber(f[2] == '1' and not drifted and ARGV[2] or ARGV[3]) then
  return {'fresh', ms(now), '0', ''}
end
evenWhenFull(1)
redis.call('HSET', KEYS[1], 'looked_at', ms(now))
return {'look', ms(now), f[3] and f[3] ~= '' and f[3] or '0', f[4] or ''}
`

/**
 * KEYS  1 HASH telegram
 * ARGV  1 now ms or '' · 2… field, value; the field's value NOW stands for the time
 * Returns [stored]
 */
const STORE_VIEW = `${CLOCK}
local now = ms(clock(ARGV[1]))
local set = {}
for i = 2, #ARGV do set[i - 1] = ARGV[i] == 'NOW' and now or ARGV[i] end
evenWhenFull(1)
redis.call('HSET', KEYS[1], unpack(set))
return {'stored'}
`

/** The rule of CLAIM_LOOK for whoever has read the view anyway, and need not ask the store. */
export function isFresh({ ok, matches, checkedAtMs, repairedAtMs }: TelegramView, nowMs: number): boolean {
  const agoMs = (at: number | null) => Math.abs(nowMs - (at ?? 0))
  const hasDrifted = matches === false && agoMs(repairedAtMs) >= REPAIR_AGAIN_MS
  return agoMs(checkedAtMs) < (ok && !hasDrifted ? FRESH_MS : FRESH_AFTER_FAILURE_MS)
}

export interface ViewDeps {
  store: Store
  config: Pick<Config, 'publicUrl' | 'isPreview' | 'webhookSecret'>
  call: TelegramCall
  log: Logger
  /** Takes the secrets out of a text: what Telegram tells of the webhook is kept and shown. */
  redact: (text: string) => string
}

/** The webhook's URL as it should be; null where this deployment must not or cannot set it. */
export function webhookUrl(config: Pick<Config, 'publicUrl' | 'isPreview'>): string | null {
  return config.isPreview || config.publicUrl === null ? null : `${config.publicUrl}/webhook`
}

/**
 * Tells Telegram where to deliver, and proves by getWebhookInfo that it took.
 * @param asRepair true for the repair of a drift, which is done once a day at most
 * @returns the view afterwards
 * @throws TelegramRefused, TelegramUnreachable
 */
export async function registerWebhook(deps: ViewDeps, url: string, asRepair: boolean): Promise<Look> {
  await deps.call(
    'setWebhook',
    {
      url,
      secret_token: deps.config.webhookSecret,
      allowed_updates: ALLOWED_UPDATES,
      max_connections: MAX_CONNECTIONS,
    },
    STEP,
  )
  await recordSecret(deps.store, fingerprint(deps.config.webhookSecret))
  const look = await lookAtWebhook(deps)
  await storeView(deps.store, [...viewFields(look), 'repaired_at', asRepair ? 'NOW' : ''])
  return look
}

export interface Look {
  /** Without secrets: many a bot has its token in its webhook's path. */
  url: string
  matches: boolean | null
  pendingUpdateCount: number
  lastError: string | null
  lastErrorAtMs: number | null
}

/** Asks Telegram for its view. @throws TelegramRefused, TelegramUnreachable, ZodError for a reply of another shape */
export async function lookAtWebhook({
  call,
  config,
  redact,
}: Pick<ViewDeps, 'call' | 'config' | 'redact'>): Promise<Look> {
  const info = WebhookInfo.parse(await call('getWebhookInfo', {}, STEP))
  const expected = webhookUrl(config)
  const allowed = info.allowed_updates
  // Telegram leaves the list out while it is the default one, which has all kinds that the bot wants.
  const hears = !allowed || allowed.length === 0 || ALLOWED_UPDATES.every((kind) => allowed.includes(kind))
  return {
    url: redact(info.url),
    matches: expected === null ? null : info.url === expected && hears,
    pendingUpdateCount: info.pending_update_count,
    lastError: info.last_error_message === undefined ? null : redact(info.last_error_message),
    lastErrorAtMs: info.last_error_date === undefined ? null : info.last_error_date * 1000,
  }
}

/**
 * Refreshes the stored view when it is old, and repairs a webhook that points elsewhere: once a day, then it
 * only raises the alarm. Never throws for Telegram's sake: what went wrong is the view.
 * @throws StoreError
 */
export async function refreshView(deps: ViewDeps): Promise<void> {
  const { store, log } = deps
  const claim = await store.run(
    CLAIM_LOOK,
    [store.keys.telegram],
    [store.now(), String(FRESH_MS), String(FRESH_AFTER_FAILURE_MS), String(REPAIR_AGAIN_MS)],
  )
  if (claim[0] !== 'look') return
  const [, now, repairedAt, told = ''] = claim
  try {
    const look = await lookAtWebhook(deps)
    await storeView(store, viewFields(look))
    const rotated = told !== '' && told !== fingerprint(deps.config.webhookSecret)
    const secretRefused =
      /\b401\b/.test(look.lastError ?? '') && Number(now) - (look.lastErrorAtMs ?? 0) < 120_000
    const expected = webhookUrl(deps.config)
    if (expected === null || (look.matches !== false && !secretRefused && !rotated)) return
    const drift = describeDrift(look, deps.redact(expected))
    if (Math.abs(Number(now) - Number(repairedAt)) < REPAIR_AGAIN_MS && !rotated) {
      return log.error('webhook drift again, not repaired', { drift })
    }
    log.warn('webhook drift, repairing', { drift })
    const repaired = await registerWebhook(deps, expected, true)
    log.info('webhook repaired', { webhook_url_matches: repaired.matches })
  } catch (error) {
    const { name, message } = describeError(error)
    const fault = `${String(name)}: ${String(message)}`
    await storeView(store, ['checked_at', 'NOW', 'ok', '0', 'error', deps.redact(fault)])
    log.warn('telegram check failed', { error })
  }
}

/** @param expected redacted as the look's is */
function describeDrift({ url }: Look, expected: string): string {
  if (url === '') return 'no webhook is set'
  return url === expected ? 'secret refused or update kinds missing' : 'the webhook points elsewhere'
}

function viewFields(look: Look): string[] {
  const matches = look.matches ? '1' : '0'
  const fields = {
    checked_at: 'NOW',
    looked_at: 'NOW',
    ok: '1',
    error: '',
    url: look.url,
    matches: look.matches === null ? '' : matches,
    pending: String(look.pendingUpdateCount),
    last_error: look.lastError ?? '',
    last_error_at: String(look.lastErrorAtMs ?? ''),
  }
  return Object.entries(fields).flat()
}

async function storeView(store: Store, fields: string[]): Promise<void> {
  await store.run(STORE_VIEW, [store.keys.telegram], [store.now(), ...fields])
}
