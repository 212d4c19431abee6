/**
 * The real Telegram without a tunnel: long polling. Each update is forwarded to the webhook of this machine in the form
 * in which Telegram posts it.
 */
import { setTimeout as sleep } from 'node:timers/promises'

export interface PollOptions {
  token: string
  /** `https://api.telegram.org`, a local Bot API server or an emulator. */
  apiRoot: string
  /** Where to forward to. */
  webhookUrl: string
  /** Value of X-Telegram-Bot-Api-Secret-Token. */
  secret: string
  /** The Bot API's `allowed_updates`. */
  allowedUpdates: readonly string[]
  /** True: delete the bot's webhook. Otherwise a bot with a webhook is refused. */
  takeOver?: boolean
  /** Gets a line when an error begins or ends; never a token, a secret or a user's text. */
  log?: (line: string) => void
  /** Ends the polling. */
  signal?: AbortSignal
  /** Backoff between attempts, in milliseconds; by default 1000, up to 60000. */
  retry?: { baseMs: number; capMs: number }
}

/** The bot has a webhook, and `takeOver` is not set. */
export class WebhookIsSetError extends Error {
  override readonly name = 'WebhookIsSetError'
  /** The host of that webhook; its path may be a secret. */
  readonly host: string

  constructor(url: string) {
    const host = URL.canParse(url) ? new URL(url).host : 'an unreadable address'
    super(
      `Telegram delivers this bot's updates to a webhook on ${host}. Polling would take the bot over ` +
        'from there: use the token of another bot, or say that the webhook may be deleted.',
    )
    this.host = host
  }
}

/** Timeout of a long poll without updates. */
const POLL_SECONDS = 50
const CALL_TIMEOUT_MS = 15_000
const FORWARD_TIMEOUT_MS = 60_000
const CONFIRM_TIMEOUT_MS = 2000

type Outcome =
  | { ok: true; result: unknown }
  /** `code` 0: no valid answer. */
  | { ok: false; code: number; description: string; retryAfterSeconds: number }

/**
 * Polls until `signal` aborts, then resolves. Forwards the updates one by one in Telegram's order. An update is confirmed
 * only after the webhook has answered 2xx; until then it is retried. Failures of Telegram are retried too.
 * @throws {WebhookIsSetError} when a webhook is set, now or later; an Error when Telegram does not know the token
 */
export async function pollRealTelegram(options: PollOptions): Promise<void> {
  const { log = () => {}, signal = new AbortController().signal } = options
  await makeWay(options, log, signal)
  let offset = 0
  while (!signal.aborted) {
    const params = { offset, timeout: POLL_SECONDS, allowed_updates: options.allowedUpdates }
    const updates = await patiently(options, 'getUpdates', params, log, signal)
    if (!Array.isArray(updates)) break
    // Everything is confirmed. After a week without updates, Telegram may restart with lower ids.
    if (updates.length === 0) offset = 0
    for (const update of updates as { update_id: number }[]) {
      if (!(await forward(options, update, log, signal))) break
      offset = update.update_id + 1
    }
  }
  // Confirm the last updates: otherwise Telegram delivers them again at the next start.
  if (offset !== 0) {
    await callApi(
      options,
      'getUpdates',
      { offset, limit: 1, timeout: 0 },
      AbortSignal.timeout(CONFIRM_TIMEOUT_MS),
    )
  }
}

async function makeWay(
  options: PollOptions,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const info = await patiently(options, 'getWebhookInfo', {}, log, signal)
  const url = (info as { url?: string } | undefined)?.url ?? ''
  if (url === '') return
  if (options.takeOver !== true) throw new WebhookIsSetError(url)
  await patiently(options, 'deleteWebhook', { drop_pending_updates: false }, log, signal)
  log(`took the bot over from the webhook on ${new WebhookIsSetError(url).host}; nothing pending was dropped`)
}

/** Calls a method until it succeeds; undefined after the signal aborts. */
async function patiently(
  options: PollOptions,
  method: string,
  params: Record<string, unknown>,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<unknown> {
  const longPollMs = typeof params.timeout === 'number' ? params.timeout * 1000 : 0
  for (let failures = 0; !signal.aborted; failures += 1) {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS + longPollMs)
    const outcome = await callApi(options, method, params, AbortSignal.any([signal, timeout]))
    if (outcome.ok) {
      if (failures > 0) log('Telegram answers again')
      return outcome.result
    }
    if (signal.aborted) break
    if (outcome.code === 401 || outcome.code === 404) throw new Error('Telegram does not know the bot token')
    if (outcome.code === 409 && /webhook/i.test(outcome.description)) throw await webhookError(options)
    log(`Telegram: ${method} failed (${outcome.description}); trying again`)
    await pause(options, failures, outcome.retryAfterSeconds, signal)
  }
  return undefined
}

async function webhookError(options: PollOptions): Promise<Error> {
  const info = await callApi(options, 'getWebhookInfo', {}, AbortSignal.timeout(CALL_TIMEOUT_MS))
  return new WebhookIsSetError(info.ok ? String((info.result as { url?: string }).url) : '')
}

/** One call. A failure is a value. Its description never has the URL, because the URL contains the token. */
async function callApi(
  { apiRoot, token }: PollOptions,
  method: string,
  params: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Outcome> {
  const failed = (code: number, description: string, retryAfterSeconds = 0): Outcome => ({
    ok: false,
    code,
    description,
    retryAfterSeconds,
  })
  try {
    const response = await fetch(`${apiRoot}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
      signal,
    })
    const answer = (await response.json().catch(() => ({}))) as {
      ok?: boolean
      result?: unknown
      description?: string
      parameters?: { retry_after?: number }
    }
    if (answer.ok === true) return { ok: true, result: answer.result }
    const description = answer.description ?? `HTTP ${response.status}`
    return failed(response.status, description.replaceAll(token, '…'), answer.parameters?.retry_after)
  } catch (error) {
    return failed(0, reasonOf(error))
  }
}

/** Posts one update until the webhook accepts it; false when the signal aborts first. */
async function forward(
  options: PollOptions,
  update: { update_id: number },
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const headers = {
    'content-type': 'application/json',
    'x-telegram-bot-api-secret-token': options.secret,
  }
  for (let failures = 0; !signal.aborted; failures += 1) {
    let reason: string
    let retryAfterSeconds = 0
    try {
      const response = await fetch(options.webhookUrl, {
        method: 'POST',
        headers,
        body: JSON.stringify(update),
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(FORWARD_TIMEOUT_MS)]),
      })
      await response.arrayBuffer()
      if (response.ok) {
        if (failures > 0) log('the webhook takes updates again')
        return true
      }
      reason = `HTTP ${response.status}`
      retryAfterSeconds = Number(response.headers.get('retry-after')) || 0
    } catch (error) {
      reason = reasonOf(error)
    }
    if (signal.aborted) break
    log(`the webhook did not take update ${update.update_id} (${reason}); trying again`)
    await pause(options, failures, retryAfterSeconds, signal)
  }
  return false
}

/** Waits 1, 2, 4 … times the base, or as long as the answer asks for. */
async function pause(
  { retry = { baseMs: 1000, capMs: 60_000 } }: PollOptions,
  failures: number,
  retryAfterSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const backoffMs = Math.min(retry.capMs, retry.baseMs * 2 ** Math.min(failures, 30))
  const waitMs = retryAfterSeconds > 0 ? retryAfterSeconds * 1000 : backoffMs
  await sleep(waitMs, undefined, { signal }).catch(() => undefined)
}

// The code of the cause (ECONNREFUSED, …) where there is one, because messages may contain a URL.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return 'no answer in time'
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection'
}
