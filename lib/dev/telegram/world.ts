import { EventEmitter } from 'node:events'
import { badRequest } from './errors.ts'
import type {
  BotCommand,
  CallRecord,
  Chat,
  DeliveryRecord,
  EmulatorEvent,
  Message,
  Observation,
  PendingUpdate,
  Reaction,
  ReplyKeyboard,
  TelegramOptions,
  Update,
  User,
} from './types.ts'

export interface ChatState {
  chat: Chat
  members: Set<number>
  messages: Map<number, Message>
  /** The user of a private chat has blocked the bot. */
  blocked: boolean
  /** Topics of a forum: message_thread_id to name. */
  topics: Map<number, string>
  /** Message id to user id (or the bot's) to reactions. */
  reactions: Map<number, Map<number, Reaction[]>>
  /** Reply keyboards by the user who sees them; 'all' for a keyboard that is not selective. */
  keyboards: Map<number | 'all', ReplyKeyboard>
  migratedTo?: number
}

export interface StoredFile {
  file_id: string
  file_unique_id: string
  file_path: string
  file_name: string
  mime_type: string | undefined
  bytes: Buffer
}

export interface Webhook {
  /** Empty while none is set. */
  url: string
  secretToken: string
  maxConnections: number
  lastErrorAt?: number
  lastErrorMessage?: string
}

/** The state of one emulator. Each operation takes it as its first parameter. */
export interface World {
  readonly token: string
  readonly bot: User
  readonly now: () => number
  readonly random: () => number
  readonly responseTimeoutMs: number
  readonly baseMs: number
  readonly capMs: number
  revoked: boolean
  readonly users: Map<number, User>
  readonly chats: Map<number, ChatState>
  readonly files: Map<string, StoredFile>
  readonly commands: Map<string, BotCommand[]>
  readonly menuButtons: Map<number | 'default', unknown>
  readonly callbackQueries: Map<string, { at: number; chatId: number; user: User }>
  readonly webhook: Webhook
  /** Where updates go instead of to the webhook's own address; null: to the webhook's own address. */
  deliverTo: string | null
  /** Undefined: Telegram's default, all kinds except chat_member and the two of reactions. */
  allowedUpdates: string[] | undefined
  readonly queue: Set<PendingUpdate>
  /** No update in the queue expires earlier; in milliseconds by the emulator's clock. */
  nextExpiryAt: number
  lastUpdate: { id: number; at: number }
  /** Calls not answered yet, without long polls. */
  openCalls: number
  /** Number of getUpdates calls: a newer one ends the one before. */
  poll: number
  nextId: Record<'user' | 'group' | 'supergroup' | 'message' | 'file' | 'cursor', number>
  readonly calls: CallRecord[]
  readonly deliveries: DeliveryRecord[]
  /** All updates, also of kinds that the bot did not ask for. */
  readonly updates: Update[]
  readonly violations: string[]
  readonly events: EmulatorEvent[]
  /** `change` after anything that a test might wait for; `queued` and `webhook` for delivery. */
  readonly signals: EventEmitter<{
    change: []
    queued: [PendingUpdate]
    webhook: []
    observed: [Observation]
  }>
}

export function createWorld(options: TelegramOptions): World {
  const now = options.now ?? Date.now
  const random = options.random ?? Math.random
  const botId = Number(/^(\d+):[\w-]+$/.exec(options.token)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(botId)) throw new Error('startTelegram: the token must look like 123456:secret')
  const signals: World['signals'] = new EventEmitter()
  signals.setMaxListeners(0)
  return {
    token: options.token,
    bot: {
      id: botId,
      is_bot: true,
      first_name: 'Evergram',
      username: options.botUsername ?? 'evergram_bot',
    },
    now,
    random,
    responseTimeoutMs: options.responseTimeoutMs ?? 60_000,
    baseMs: options.retry?.baseMs ?? 1000,
    capMs: options.retry?.capMs ?? 60_000,
    revoked: false,
    users: new Map(),
    chats: new Map(),
    files: new Map(),
    commands: new Map(),
    menuButtons: new Map(),
    callbackQueries: new Map(),
    webhook: { url: '', secretToken: '', maxConnections: 40 },
    deliverTo: null,
    allowedUpdates: undefined,
    queue: new Set(),
    nextExpiryAt: Number.POSITIVE_INFINITY,
    lastUpdate: { id: 0, at: Number.NEGATIVE_INFINITY },
    poll: 0,
    openCalls: 0,
    // Ids above 32 bits, like real ones: code that converts them to an int32 fails here.
    nextId: {
      user: 5_000_000_001,
      group: 4_000_000_001,
      supergroup: 1_002_000_000_001,
      message: 1,
      file: 1,
      cursor: 1,
    },
    calls: [],
    deliveries: [],
    updates: [],
    violations: [],
    events: [],
    signals,
  }
}

export const nowSeconds = (world: World): number => Math.floor(world.now() / 1000)

/** Cap of the records: an emulator that runs for days keeps only the newest. */
const MAX_RECORDS = 200_000

export function record<T>(world: World, list: T[], entry: T): void {
  list.push(entry)
  if (list.length > MAX_RECORDS) list.splice(0, MAX_RECORDS / 10)
  world.signals.emit('change')
}

export function emitEvent(world: World, event: Omit<EmulatorEvent, 'cursor'>): void {
  const numbered: EmulatorEvent = { cursor: world.nextId.cursor++, ...event }
  record(world, world.events, numbered)
  world.signals.emit('observed', { kind: 'event', event: numbered })
}

/** Notifies observers that users, chats, topics, keyboards or commands changed. */
export const noteChange = (world: World): boolean => world.signals.emit('observed', { kind: 'world' })

/**
 * The chat of a `chat_id` parameter.
 * @throws {ApiError} 400 `chat not found`, or with `migrate_to_chat_id` after an upgrade.
 */
export function findChat(world: World, id: unknown): ChatState {
  const state =
    typeof id === 'string'
      ? [...world.chats.values()].find(({ chat }) => chat.type !== 'private' && `@${chat.username}` === id)
      : world.chats.get(Number(id))
  if (state === undefined) throw badRequest('chat not found')
  if (state.migratedTo !== undefined) {
    throw badRequest('group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: state.migratedTo,
    })
  }
  return state
}

export function addChat(world: World, chat: Chat, members: number[]): ChatState {
  const state: ChatState = {
    chat,
    members: new Set(members),
    messages: new Map(),
    blocked: false,
    topics: new Map(),
    reactions: new Map(),
    keyboards: new Map(),
  }
  world.chats.set(chat.id, state)
  noteChange(world)
  return state
}

/** Makes a message with the next id, without storing it. */
export function newMessage(world: World, state: ChatState, from: User, fields: Partial<Message>): Message {
  return {
    message_id: world.nextId.message++,
    from,
    chat: state.chat,
    date: nowSeconds(world),
    ...fields,
  }
}

/** A message as it is quoted inside another: Telegram nests replies one level deep. */
export function quoted(message: Message): Message {
  const { reply_to_message: _, ...rest } = message
  return rest
}
