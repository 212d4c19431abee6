/** Telegram's own view of the webhook: read at most once a minute over all instances, and stored. */
import * as z from 'zod'
import { fingerprint, type Config } from '../config.ts'
import { describeError, type Logger, type Redact } from '../log.ts'
import type { Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'
import type { TelegramCall } from '../telegram.ts'
import type { TelegramView } from '../state/snapshot.ts'
import { recordSecret } from './secret.ts'

/** The kinds of update that Telegram is asked to deliver. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'my_chat_member'] as const

const MAX_CONNECTIONS = 40
/** The limit of one call here: a whole re-initialisation must end before its claim does. */
const STEP = { timeoutMs: 10_000 }
export const FRESH_MS = 60_000
/** Applies also to a drift that may be repaired: the invocation that found it may have died before the repair. */
export const FRESH_AFTER_FAILURE_MS = 5_000
/** A webhook that another party changes again within this time is not repaired: the bot logs an error instead. */
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
 * ARGV  1 now ms or '' · 2 fresh ms · 3 fresh ms after a failure, and for a drift whose last repair is 4 ms ago
 *       4 ms between repairs
 * Returns [look|fresh, now ms, repaired at ms, fingerprint of the secret that Telegram was given or '']
 *         One caller gets look until the interval is over.
 * Again   fresh: the view is then read after the interval
 */
const CLAIM_LOOK = defineScript(
  'claim-look',
  `${COMMON_LUA}
local now = clock(ARGV[1])
local f = read(KEYS[1], 'looked_at', 'ok', 'repaired_at', 'secret', 'matches')
local drifted = f.matches == '0' and math.abs(now - num(f.repaired_at)) >= tonumber(ARGV[4])
if math.abs(now - num(f.looked_at)) < tonumber(f.ok == '1' and not drifted and ARGV[2] or ARGV[3]) then
  return {'fresh', ms(now), '0', ''}
end
evenWhenFull(1)
redis.call('HSET', KEYS[1], 'looked_at', ms(now))
return {'look', ms(now), f.repaired_at and f.repaired_at ~= '' and f.repaired_at or '0', f.secret or ''}
`,
)

/**
 * KEYS  1 HASH telegram
 * ARGV  1 now ms or '' · 2… field, value; the value NOW stands for the time
 * Returns [stored]
 * Again   the same, with a later time
 */
const STORE_VIEW = defineScript(
  'store-view',
  `${COMMON_LUA}
local now = ms(clock(ARGV[1]))
local set = {}
for i = 2, #ARGV do set[i - 1] = ARGV[i] == 'NOW' and now or ARGV[i] end
evenWhenFull(1)
redis.call('HSET', KEYS[1], unpack(set))
return {'stored'}
`,
)

/** The rule of CLAIM_LOOK for a caller that has read the view already: saves a call of the store. */
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
  /** Takes the secrets out of a text: Telegram's answers about the webhook are stored and shown. */
  redact: Redact
}

/** The webhook's URL as it should be; null where this deployment must not or cannot set it. */
export function webhookUrl(config: Pick<Config, 'publicUrl' | 'isPreview'>): string | null {
  return config.isPreview || config.publicUrl === null ? null : `${config.publicUrl}/webhook`
}

/**
 * Registers the webhook with Telegram, and checks by getWebhookInfo that it is set.
 * @param asRepair true for the repair of a drift, which is done once a day at most
 * @returns the view afterwards
 * @throws TelegramRefused, TelegramUnreachable
 */
export async function registerWebhook(deps: ViewDeps, url: string, asRepair: boolean): Promise<WebhookView> {
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
  const view = await readWebhook(deps)
  await storeView(deps.store, [...viewFields(view), 'repaired_at', asRepair ? 'NOW' : ''])
  return view
}

export interface WebhookView {
  /** Without secrets: the webhook of another bot program may have the token in its path. */
  url: string
  matches: boolean | null
  pendingUpdateCount: number
  lastError: string | null
  lastErrorAtMs: number | null
}

/** Asks Telegram for its view. @throws TelegramRefused, TelegramUnreachable, ZodError for a reply of another shape */
export async function readWebhook({
  call,
  config,
  redact,
}: Pick<ViewDeps, 'call' | 'config' | 'redact'>): Promise<WebhookView> {
  const info = WebhookInfo.parse(await call('getWebhookInfo', {}, STEP))
  const expected = webhookUrl(config)
  const allowed = info.allowed_updates
  // Telegram leaves out the default list, which has all kinds that the bot needs.
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
 * Refreshes the stored view when it is old, and repairs a webhook that points elsewhere, once a day; a second drift
 * within a day is only logged as an error. Does not throw for a failure of Telegram: the view records it.
 * @throws StoreError
 */
export async function refreshView(deps: ViewDeps): Promise<void> {
  const { store, log } = deps
  const claim = await store.run(
    CLAIM_LOOK,
    [store.keys.telegram],
    [store.now(), String(FRESH_MS), String(FRESH_AFTER_FAILURE_MS), String(REPAIR_AGAIN_MS)],
  )
  if (tagOf(claim, ['look', 'fresh']) === 'fresh') return
  const [, now, repairedAt, told = ''] = claim
  try {
    const view = await readWebhook(deps)
    await storeView(store, viewFields(view))
    const rotated = told !== '' && told !== fingerprint(deps.config.webhookSecret)
    const secretRefused =
      /\b401\b/.test(view.lastError ?? '') && Number(now) - (view.lastErrorAtMs ?? 0) < 120_000
    const expected = webhookUrl(deps.config)
    if (expected === null || (view.matches !== false && !secretRefused && !rotated)) return
    const drift = describeDrift(view, deps.redact(expected))
    if (Math.abs(Number(now) - Number(repairedAt)) < REPAIR_AGAIN_MS && !rotated) {
      return log.error('webhook drift again, not repaired', { drift })
    }
    log.warn('webhook drift, repairing', { drift })
    const repaired = await registerWebhook(deps, expected, true)
    log.info('webhook repaired', { webhook_url_matches: repaired.matches })
  } catch (error) {
    const { name, message } = describeError(error, deps.redact)
    await storeView(store, ['checked_at', 'NOW', 'ok', '0', 'error', `${String(name)}: ${String(message)}`])
    log.warn('telegram check failed', { error })
  }
}

/** @param expected redacted as the view's is */
function describeDrift({ url }: WebhookView, expected: string): string {
  if (url === '') return 'no webhook is set'
  return url === expected ? 'secret refused or update kinds missing' : 'the webhook points elsewhere'
}

function viewFields(view: WebhookView): string[] {
  const matches = view.matches ? '1' : '0'
  const fields = {
    checked_at: 'NOW',
    looked_at: 'NOW',
    ok: '1',
    error: '',
    url: view.url,
    matches: view.matches === null ? '' : matches,
    pending: String(view.pendingUpdateCount),
    last_error: view.lastError ?? '',
    last_error_at: String(view.lastErrorAtMs ?? ''),
  }
  return Object.entries(fields).flat()
}

async function storeView(store: Store, fields: string[]): Promise<void> {
  await store.run(STORE_VIEW, [store.keys.telegram], [store.now(), ...fields])
}
