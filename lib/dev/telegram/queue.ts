import { nowSeconds, type World } from './world.ts'
import type { PendingUpdate, Update } from './types.ts'

const HOUR_SECONDS = 3600
const WEEK_MS = 7 * 24 * HOUR_SECONDS * 1000

/** How long Telegram keeps an update, in seconds. */
const LIFETIME_SECONDS: Record<string, number> = {
  callback_query: 150,
  shipping_query: 150,
  pre_checkout_query: 150,
  inline_query: 30,
  chosen_inline_result: 600,
}
const DEFAULT_LIFETIME_SECONDS = 24 * HOUR_SECONDS
const MAX_RETRY_AFTER_SECONDS = 3600

/** Kinds that are sent only to a bot that lists them in allowed_updates. */
export const NOT_BY_DEFAULT = new Set(['chat_member', 'message_reaction', 'message_reaction_count'])

/** Every kind of update of the Bot API 10.1. */
export const UPDATE_KINDS = new Set(
  (
    'message edited_message channel_post edited_channel_post business_connection business_message ' +
    'edited_business_message deleted_business_messages guest_message message_reaction ' +
    'message_reaction_count inline_query chosen_inline_result callback_query shipping_query ' +
    'pre_checkout_query purchased_paid_media poll poll_answer my_chat_member chat_member ' +
    'chat_join_request chat_boost removed_chat_boost managed_bot'
  ).split(' '),
)

export const updateKind = (update: Update): string =>
  Object.keys(update).find((field) => field !== 'update_id') ?? ''

function isAllowed(world: World, kind: string): boolean {
  if (!UPDATE_KINDS.has(kind)) return true
  return world.allowedUpdates?.includes(kind) ?? !NOT_BY_DEFAULT.has(kind)
}

/** The next update id: one more than the last, random after a week of silence. */
export function nextUpdateId(world: World): number {
  const quiet = world.now() - world.lastUpdate.at > WEEK_MS
  const id = quiet ? 100_000_000 + Math.floor(world.random() * 900_000_000) : world.lastUpdate.id + 1
  world.lastUpdate = { id, at: world.now() }
  return id
}

/** Adds an update to the queue if the bot asked for its kind. */
export function enqueue(world: World, update: Update): void {
  const kind = updateKind(update)
  const isWanted = isAllowed(world, kind)
  world.signals.emit('observed', { kind: 'update', update, isWanted })
  if (!isWanted) return
  const lifetimeSeconds = LIFETIME_SECONDS[kind] ?? DEFAULT_LIFETIME_SECONDS
  const pending: PendingUpdate = {
    update,
    queueKey: queueKey(update, kind),
    expiresAt: (nowSeconds(world) + lifetimeSeconds) * 1000,
    attempts: 0,
    delaySeconds: 1,
  }
  world.queue.add(pending)
  world.nextExpiryAt = Math.min(world.nextExpiryAt, pending.expiresAt)
  world.signals.emit('queued', pending)
  world.signals.emit('change')
}

// All kinds of messages share the queue of their chat; each kind of query has one queue per user. So a button press can
// overtake a message of the same chat, or arrive at the same time.
function queueKey(update: Update, kind: string): string {
  const body = (update[kind] ?? {}) as { chat?: { id?: number }; from?: { id?: number } }
  if (body.chat?.id !== undefined && !kind.endsWith('_member')) return `chat ${body.chat.id}`
  return `${kind} ${body.from?.id ?? update.update_id}`
}

/** Removes an update from the queue: delivered, confirmed or expired. */
export function remove(world: World, pending: PendingUpdate): void {
  if (world.queue.delete(pending)) world.signals.emit('change')
}

/** Drops expired updates. */
export function dropExpired(world: World): void {
  const now = world.now()
  // Called often: read the queue only when an update may have expired.
  if (now < world.nextExpiryAt) return
  world.nextExpiryAt = Number.POSITIVE_INFINITY
  for (const pending of world.queue) {
    if (pending.expiresAt <= now) remove(world, pending)
    else world.nextExpiryAt = Math.min(world.nextExpiryAt, pending.expiresAt)
  }
}

/** Stores the webhook's last failure for getWebhookInfo. */
export function noteWebhookError(world: World, message: string): void {
  world.webhook.lastErrorAt = world.now()
  world.webhook.lastErrorMessage = message
}

/**
 * How long an update waits after a failed delivery: as long as the webhook asks for; else nothing before the first
 * retry, and twice as long before each further one, up to a random cap. Keeps the wait in the update's record.
 */
export function retryWaitMs(world: World, pending: PendingUpdate, askedSeconds: number): number {
  if (askedSeconds > 0) return Math.min(askedSeconds, MAX_RETRY_AFTER_SECONDS) * world.baseMs
  if (pending.attempts <= 1) return 0
  const capSeconds = (world.capMs / world.baseMs) * (1 + world.random())
  pending.delaySeconds = Math.min(capSeconds, pending.delaySeconds * 2)
  return pending.delaySeconds * world.baseMs
}
