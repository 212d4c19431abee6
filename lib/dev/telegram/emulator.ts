/**
 * A Telegram on this machine: the Bot API over HTTP, the people who talk to the bot, and the
 * delivery of their updates to its webhook, with the rules and the faults of the real one.
 *
 * It listens on 127.0.0.1 and delivers to loopback hosts only. A chat is known from the moment its
 * user or group is made, as if the bot had been started there. Redelivery, latency and timeouts
 * pass in real time; dates and expiry follow the `now` option.
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

  /** A user with a private chat; with the `id` of a known one, that user changed. */
  user(profile?: UserProfile): User
  group(group: { title: string; members: (User | number)[]; supergroup?: boolean; forum?: boolean }): Chat

  /** Each of these sends one update and returns its update_id. They throw on what a client could not do. */
  sendText(user: User, text: string, options?: SendOptions & { edit?: number }): number
  sendDocument(user: User, bytes: Uint8Array, options?: FileOptions): number
  sendPhoto(user: User, bytes: Uint8Array, options?: FileOptions): number
  sendVoice(user: User, bytes: Uint8Array, options?: FileOptions): number
  /** Presses the button with this callback data; `force` one that is not there any more. */
  press(
    user: User,
    messageId: number,
    data: string,
    options?: { chat?: Chat | number; force?: boolean },
  ): number
  block(user: User): number
  unblock(user: User): number
  /** Any update as it is; without an `update_id` it gets the next. */
  deliver(rawUpdate: Record<string, unknown>): number
  /** Turns a group into a supergroup; two updates. */
  migrate(group: Chat): { chat: Chat; updateIds: [number, number] }

  /** The update with this id, as the bot gets it. */
  update(updateId: number): Update | undefined
  /** The user's message that an update carries. Throws where there is none. */
  messageOf(updateId: number): Message
  /** What stands in a chat from the bot, in order of sending, edits applied. */
  messages(chat: Chat | User | number): Message[]
  /** Text or caption of each message of the bot in the user's private chat. */
  replies(user: User): string[]
  /** Updates that Telegram still owes the bot. */
  readonly pending: number
  /** What getWebhookInfo answers. */
  webhookInfo(): Record<string, unknown>

  /**
   * Resolves to the first truthy value of `predicate`, asked now and after every change.
   * Rejects after `timeoutMs` (5000), naming the last calls and deliveries.
   */
  waitFor<T>(
    predicate: (emulator: TelegramEmulator) => T,
    options?: { timeoutMs?: number; what?: string },
  ): Promise<NonNullable<T>>

  readonly faults: Faults
  readonly delivery: DeliveryFaults
  /** From now on updates go to this address on this machine, whatever webhook is set: a name server of its own. */
  resolve(url: string): void
  /** From now on every call answers 401. Updates go on being delivered. */
  revokeToken(): void
  restoreToken(): void

  readonly calls: readonly CallRecord[]
  readonly deliveries: readonly DeliveryRecord[]
  readonly events: readonly EmulatorEvent[]
  /** What the bot did that Telegram lets pass but that is wrong: unknown methods and parameters. */
  readonly violations: readonly string[]

  /** Everything that the emulator knows, for who works with it in the same process. */
  readonly world: World

  /** Ends everything: no timer, socket or request is left. */
  close(): Promise<void>
}

/**
 * Starts an emulator.
 * @throws when the port is taken, or the token is not `<digits>:<secret>`.
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
