/**
 * What the simulator's server, its page and the commands of the terminal send each other. Times are
 * milliseconds since 1970 on one clock, because everything here runs in one process.
 */
import type { CallRecord, Chat, Message, ReplyKeyboard, Update, User } from '../telegram/types.ts'

export type {
  BotCommand,
  Chat,
  InlineButton,
  Message,
  MessageEntity,
  ReplyKeyboard,
  Update,
  User,
} from '../telegram/types.ts'

export interface ShownChat {
  chat: Chat
  members: number[]
  /** Of a forum, in order of their opening. */
  topics: { thread: number; name: string }[]
  /** By user id, or 'all'. */
  keyboards: Record<string, ReplyKeyboard>
  /** The user has blocked the bot. */
  blocked: boolean
  migratedTo: number | null
  last: Message | null
}

export interface World {
  bot: User
  users: User[]
  chats: ShownChat[]
  webhook: Record<string, unknown>
}

export interface ShownMessage {
  message: Message
  reactions: { emoji: string; by: number[] }[]
  /** Updates that brought it to the bot: the message, its edits, presses of its buttons. */
  updateIds: number[]
  /** Calls of the bot that made it or changed it. */
  callIds: number[]
}

export interface Call extends CallRecord {
  id: number
  /** The update in whose course it was made, where that is known. */
  updateId: number | null
}

export type StepName =
  | 'sent'
  | 'delivery'
  | 'accepted'
  | 'leased'
  | 'call'
  | 'settled'
  | 'failed'
  | 'dead'
  | 'lost'
  | 'killed'
  | 'store'
  | 'log'

export interface Step {
  name: StepName
  at: number
  /** In one line. */
  title: string
  state: 'ok' | 'bad' | 'open'
  ms?: number
  /** The fault that it was hit by, in words. */
  fault?: string
  callId?: number
  /** What made it: `POST /webhook #12`. */
  invocation?: string
  detail?: Record<string, unknown>
}

/** Where an update stands. `unwanted`: the bot's allowed_updates leave it out. */
export type Standing = 'unwanted' | 'undelivered' | 'accepted' | 'working' | 'waiting' | 'settled' | 'dead'

export interface Timeline {
  updateId: number
  kind: string
  chatId: number | null
  userId: number | null
  at: number
  standing: Standing
  raw: Update
  /** In order of time. */
  steps: Step[]
}

export interface LogLine {
  at: number
  invocation: string | null
  line: Record<string, unknown>
}

export interface StoreCall {
  at: number
  ms: number
  operation: string
  /** The first words of the answer, or why there is none. */
  answer: string
  ok: boolean
  invocation: string
}

/** A fault that is set; `key` clears it. */
export interface SetFault {
  key: string
  /** As `npm run fault` takes it: `telegram:sendMessage=429:30`. */
  text: string
  title: string
  /** How often it still strikes; null: until it is cleared. */
  left: number | null
}

export interface State {
  world: World
  faults: SetFault[]
  crashPoints: Record<string, string>
  methods: string[]
  /** Newest last. */
  timelines: Timeline[]
  calls: Call[]
  log: LogLine[]
  store: StoreCall[]
}

export type FeedEvent =
  | { type: 'world'; world: World }
  | { type: 'message'; chatId: number; shown: ShownMessage }
  | { type: 'deleted'; chatId: number; messageId: number }
  | { type: 'timeline'; timeline: Timeline }
  | { type: 'call'; call: Call }
  | { type: 'notice'; userId: number; chatId: number; text: string; alert: boolean; url: string | null }
  | { type: 'action'; chatId: number; action: string }
  | { type: 'faults'; faults: SetFault[] }
  | { type: 'log'; line: LogLine }
  | { type: 'store'; call: StoreCall }

/** What a person does in Telegram; the answer is {@link Done}. */
export type Act = { user: number; chat?: number; thread?: number; replyTo?: number } & (
  | { kind: 'text'; text: string }
  | { kind: 'edit'; message: number; text: string }
  | { kind: 'press'; message: number; data: string; force?: boolean }
  | {
      kind: 'document' | 'photo' | 'voice'
      base64: string
      fileName?: string
      mimeType?: string
      durationSeconds?: number
      caption?: string
    }
  | { kind: 'react'; message: number; emoji: string[] }
  | { kind: 'contact' | 'location' | 'join' | 'leave' | 'block' | 'unblock' }
)

export interface Done {
  update_id: number
  /** Of the message that it made, if any. */
  message_id: number | null
}

/** The operator's phone, over the test server of MTProto. */
export interface PhoneView {
  accounts: {
    id: number
    name: string
    phone: string
    password: string | null
    /** The data centre where it lives. */
    home: number
    sessions: number
    /** The newest login code that is still valid. */
    code: string | null
  }[]
  /** QR codes that nobody has scanned. */
  logins: { token: string; expires_at: string }[]
}

export type PhoneAct =
  | { kind: 'scan'; account: number; token: string }
  | { kind: 'password'; account: number; password: string | null }
  | { kind: 'revoke'; account: number }
