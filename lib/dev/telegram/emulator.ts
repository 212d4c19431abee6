/**
 * A Telegram emulator: the Bot API over HTTP, users and chats, and the delivery of their updates to the bot's webhook,
 * with the rules and the faults of the real Telegram.
 *
 * It listens on 127.0.0.1 and delivers to loopback hosts only. The bot knows a chat as soon as its user or group is
 * made, as if the user had pressed Start. Redelivery, latency and timeouts use real time; dates and expiry use the
 * `now` option.
 */
import {
  addGroup,
  addUser,
  press,
  sendFile,
  sendText,
  type SendOptions,
  type UserProfile,
} from './actions.ts'
import { runWebhookReply } from './api.ts'
import { createControl } from './control.ts'
import { startDelivery } from './delivery.ts'
import { createFaults } from './faults.ts'
import type { NewFile } from './files.ts'
import { deliverRaw, migrate, setBlocked } from './membership.ts'
import { getWebhookInfo } from './methods/webhook.ts'
import { dropExpired } from './queue.ts'
import { startServer } from './server.ts'
import type {
  CallRecord,
  Chat,
  DeliveryFaults,
  DeliveryRecord,
  EmulatorEvent,
  Faults,
  Message,
  TelegramOptions,
  Update,
  User,
} from './types.ts'
import { waitForChange } from './wait.ts'
import { createWorld, type World } from './world.ts'

export type { SendOptions, UserProfile } from './actions.ts'
export type * from './types.ts'

type FileOptions = SendOptions & { caption?: string } & Omit<NewFile, 'bytes'>

export interface TelegramEmulator {
  /** `http://127.0.0.1:<port>`: the TELEGRAM_API_ROOT of the bot. */
  readonly url: string
  readonly token: string
  readonly bot: User

  /** Makes a user with a private chat, or changes the user with this `id`. */
  user(profile?: UserProfile): User
  group(group: { title: string; members: (User | number)[]; supergroup?: boolean; forum?: boolean }): Chat

  /** Each of these sends one update and returns its update_id. They throw where a real client could not do this. */
  sendText(user: User, text: string, options?: SendOptions & { edit?: number }): number
  sendDocument(user: User, bytes: Uint8Array, options?: FileOptions): number
  sendPhoto(user: User, bytes: Uint8Array, options?: FileOptions): number
  sendVoice(user: User, bytes: Uint8Array, options?: FileOptions): number
  /** Presses the button with this callback data; `force`: also a button that the message no longer has. */
  press(
    user: User,
    messageId: number,
    data: string,
    options?: { chat?: Chat | number; force?: boolean },
  ): number
  block(user: User): number
  unblock(user: User): number
  /** Sends any update unchanged; without an `update_id` it gets the next one. */
  deliver(rawUpdate: Record<string, unknown>): number
  /** Turns a group into a supergroup; two updates. */
  migrate(group: Chat): { chat: Chat; updateIds: [number, number] }

  /** The update with this id, as the bot gets it. */
  update(updateId: number): Update | undefined
  /** The user's message of an update. @throws Error where it has none */
  messageOf(updateId: number): Message
  /** The bot's messages in a chat, in order of sending, with edits applied. */
  messages(chat: Chat | User | number): Message[]
  /** Text or caption of each message of the bot in the user's private chat. */
  replies(user: User): string[]
  /** Number of updates that are not delivered yet. */
  readonly pending: number
  /** The result of getWebhookInfo. */
  webhookInfo(): Record<string, unknown>

  /**
   * Resolves to the first truthy value of `predicate`, called now and after every change.
   * Rejects after `timeoutMs` (5000); the error names the last calls and deliveries.
   */
  waitFor<T>(
    predicate: (emulator: TelegramEmulator) => T,
    options?: { timeoutMs?: number; what?: string },
  ): Promise<NonNullable<T>>

  readonly faults: Faults
  readonly delivery: DeliveryFaults
  /** Updates go to this address on this machine from now on, whatever webhook is set, as by a name server. */
  resolve(url: string): void
  /** Every call answers 401 from now on. Updates are still delivered. */
  revokeToken(): void
  restoreToken(): void

  readonly calls: readonly CallRecord[]
  readonly deliveries: readonly DeliveryRecord[]
  readonly events: readonly EmulatorEvent[]
  /** Mistakes of the bot that Telegram tolerates: unknown methods and parameters. */
  readonly violations: readonly string[]

  /** The emulator's state, for code in the same process. */
  readonly world: World

  /** Closes the emulator: no timer, socket or request is left. */
  close(): Promise<void>
}

/**
 * Starts an emulator.
 * @throws Error when the port is taken, or the token is not `<digits>:<secret>`
 */
export async function startTelegram(options: TelegramOptions): Promise<TelegramEmulator> {
  const world = createWorld(options)
  const faults = createFaults()
  const delivery = startDelivery(world, (body) => void runWebhookReply(world, body))
  const settings = { port: options.port ?? 0, latencyMs: options.latencyMs ?? 0 }
  const control = createControl(world, faults, delivery.faults)
  const server = await startServer(world, faults, settings, control).catch((error: unknown) => {
    delivery.close()
    throw error
  })

  const emulator: TelegramEmulator = {
    url: server.url,
    token: world.token,
    bot: world.bot,
    user: (profile) => addUser(world, profile),
    group: (group) => addGroup(world, group),
    sendText: (user, text, sending) => sendText(world, user, text, sending),
    sendDocument: (user, bytes, sending) => sendFile(world, 'document', user, { bytes, ...sending }, sending),
    sendPhoto: (user, bytes, sending) => sendFile(world, 'photo', user, { bytes, ...sending }, sending),
    sendVoice: (user, bytes, sending) => sendFile(world, 'voice', user, { bytes, ...sending }, sending),
    press: (user, messageId, data, pressing) => press(world, user, messageId, data, pressing),
    block: (user) => setBlocked(world, user, true),
    unblock: (user) => setBlocked(world, user, false),
    deliver: (rawUpdate) => deliverRaw(world, rawUpdate),
    migrate: (group) => migrate(world, group),
    update: (updateId) => findUpdate(world, updateId),
    messageOf: (updateId) => messageOf(world, updateId),
    messages: (chat) => botMessages(world, typeof chat === 'number' ? chat : chat.id),
    replies: (user) => botMessages(world, user.id).map(({ text, caption }) => text ?? caption ?? ''),
    get pending() {
      dropExpired(world)
      return world.queue.size
    },
    webhookInfo: () => getWebhookInfo(world),
    async waitFor(predicate, { timeoutMs = 5000, what = predicate.toString() } = {}) {
      const found = await waitForChange(world, () => predicate(emulator) || undefined, timeoutMs)
      if (found === undefined || found === null) throw new Error(describeTimeout(world, timeoutMs, what))
      return found
    },
    faults,
    delivery: delivery.faults,
    resolve: (url) => {
      world.deliverTo = url
    },
    revokeToken: () => {
      world.revoked = true
    },
    restoreToken: () => {
      world.revoked = false
    },
    calls: world.calls,
    deliveries: world.deliveries,
    events: world.events,
    violations: world.violations,
    world,
    async close() {
      delivery.close()
      await server.close()
    },
  }
  return emulator
}

const findUpdate = (world: World, updateId: number): Update | undefined =>
  world.updates.findLast((update) => update.update_id === updateId)

function messageOf(world: World, updateId: number): Message {
  const update = findUpdate(world, updateId)
  const message = update?.message ?? update?.edited_message
  if (message === undefined) throw new Error(`update ${updateId} carries no message`)
  return message as Message
}

const botMessages = (world: World, chatId: number): Message[] =>
  [...(world.chats.get(chatId)?.messages.values() ?? [])].filter(({ from }) => from?.id === world.bot.id)

function describeTimeout(world: World, timeoutMs: number, what: string): string {
  const calls = world.calls.slice(-5).map(({ method, status }) => `${method} ${status ?? 'unanswered'}`)
  const deliveries = world.deliveries.slice(-5).map(({ updateId, status }) => `${updateId} ${status}`)
  return (
    `waited ${timeoutMs} ms in vain for ${what}; ${world.queue.size} updates pending; ` +
    `last deliveries: ${deliveries.join(', ') || 'none'}; last calls: ${calls.join(', ') || 'none'}`
  )
}
