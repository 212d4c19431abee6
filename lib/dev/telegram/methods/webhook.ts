import { ApiError, badRequest } from '../errors.ts'
import { isLoopbackUrl } from '../post.ts'
import type { Params } from '../parameters.ts'
import { dropExpired, NOT_BY_DEFAULT, remove, UPDATE_KINDS } from '../queue.ts'
import { waitForChange } from '../wait.ts'
import type { Update } from '../types.ts'
import type { World } from '../world.ts'
import { WithDescription } from '../result.ts'

const SECRET = /^[A-Za-z0-9_-]*$/
const PORTS = new Set(['', '80', '88', '443', '8443'])

function checkUrl(url: string): void {
  if (url.length > 2048 || !URL.canParse(url)) throw badRequest('bad webhook: invalid URL')
  const { protocol, port } = new URL(url)
  if (isLoopbackUrl(url) && (protocol === 'http:' || protocol === 'https:')) return
  if (protocol !== 'https:') throw badRequest('bad webhook: An HTTPS URL must be provided for webhook')
  if (!PORTS.has(port)) {
    throw badRequest('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443')
  }
}

/** Reads `allowed_updates`; undefined when left out, which keeps the previous setting. */
function applyAllowedUpdates(world: World, params: Params): void {
  const list = params.allowed_updates
  if (list === undefined) return
  if (!Array.isArray(list) || list.some((kind) => typeof kind !== 'string')) {
    throw badRequest("can't parse allowed updates: an array of strings expected")
  }
  const known = list.filter((kind: string) => UPDATE_KINDS.has(kind))
  world.allowedUpdates = known.length === 0 ? undefined : [...new Set(known)]
}

/** @throws {ApiError} 400 on a bad URL, secret or max_connections. */
export function setWebhook(world: World, params: Params): WithDescription | true {
  const url = params.url as string
  if (url === '') return deleteWebhook(world, params)
  checkUrl(url)
  const secretToken = (params.secret_token as string | undefined) ?? ''
  if (secretToken.length > 256) throw badRequest('secret token is too long')
  if (!SECRET.test(secretToken)) throw badRequest('secret token contains unallowed characters')
  const maxConnections = (params.max_connections as number | undefined) ?? 40
  if (maxConnections < 1 || maxConnections > 100) {
    throw badRequest('bad webhook: max_connections must be between 1 and 100')
  }
  applyAllowedUpdates(world, params)
  if (params.drop_pending_updates === true) for (const pending of world.queue) remove(world, pending)
  const { webhook } = world
  const unchanged =
    webhook.url === url && webhook.secretToken === secretToken && webhook.maxConnections === maxConnections
  if (unchanged) return new WithDescription(true, 'Webhook is already set')
  // A new webhook starts without the errors of the previous one.
  delete webhook.lastErrorAt
  delete webhook.lastErrorMessage
  Object.assign(webhook, { url, secretToken, maxConnections })
  world.signals.emit('webhook')
  return new WithDescription(true, 'Webhook was set')
}

export function deleteWebhook(world: World, params: Params): WithDescription {
  if (params.drop_pending_updates === true) for (const pending of world.queue) remove(world, pending)
  if (world.webhook.url === '') return new WithDescription(true, 'Webhook is already deleted')
  delete world.webhook.lastErrorAt
  delete world.webhook.lastErrorMessage
  Object.assign(world.webhook, { url: '', secretToken: '', maxConnections: 40 })
  world.signals.emit('webhook')
  return new WithDescription(true, 'Webhook was deleted')
}

export function getWebhookInfo(world: World): Record<string, unknown> {
  dropExpired(world)
  const { url, maxConnections, lastErrorAt, lastErrorMessage } = world.webhook
  return {
    url,
    has_custom_certificate: false,
    pending_update_count: world.queue.size,
    ...(url === '' ? {} : { max_connections: maxConnections }),
    ...(lastErrorAt === undefined ? {} : { last_error_date: Math.floor(lastErrorAt / 1000) }),
    ...(lastErrorMessage === undefined ? {} : { last_error_message: lastErrorMessage }),
    ...(isDefault(world.allowedUpdates) ? {} : { allowed_updates: world.allowedUpdates }),
  }
}

/** True for the default list, which Telegram leaves out of its answer. */
function isDefault(allowed: string[] | undefined): boolean {
  if (allowed === undefined) return true
  return (
    allowed.length === UPDATE_KINDS.size - NOT_BY_DEFAULT.size && !allowed.some((k) => NOT_BY_DEFAULT.has(k))
  )
}

const WEBHOOK_ACTIVE =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"

/**
 * Long polling. `timeout` is in real seconds, at most 50.
 * @throws {ApiError} 409 while a webhook is set, or when another getUpdates takes over.
 */
export async function getUpdates(world: World, params: Params, signal: AbortSignal): Promise<Update[]> {
  if (world.webhook.url !== '') throw new ApiError(409, WEBHOOK_ACTIVE)
  const mine = (world.poll += 1)
  // Wakes the waiting poll, which then ends because a newer one replaces it.
  world.signals.emit('change')
  applyAllowedUpdates(world, params)
  const offset = (params.offset as number | undefined) ?? 0
  const limit = Math.min(Math.max((params.limit as number | undefined) ?? 100, 1), 100)
  const timeoutMs = Math.min(Math.max((params.timeout as number | undefined) ?? 0, 0), 50) * 1000
  confirm(world, offset)
  const look = (): Update[] | undefined => {
    if (world.poll !== mine) {
      throw new ApiError(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      )
    }
    if (world.webhook.url !== '') throw new ApiError(409, 'Conflict: terminated by setWebhook request')
    dropExpired(world)
    const updates = [...world.queue].slice(0, limit).map(({ update }) => update)
    return updates.length > 0 ? updates : undefined
  }
  return (await waitForChange(world, look, timeoutMs, signal)) ?? []
}

function confirm(world: World, offset: number): void {
  const waiting = [...world.queue]
  // A negative offset keeps that many of the last updates and drops the others.
  const done =
    offset < 0 ? waiting.slice(0, offset) : waiting.filter(({ update }) => update.update_id < offset)
  for (const pending of done) remove(world, pending)
}
