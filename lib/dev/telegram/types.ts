/**
 * The emulator's types. Telegram's objects have only the fields that the emulator writes or reads. Fields and units are
 * those of the Bot API (dates in seconds since 1970).
 */

export interface User {
  id: number
  is_bot: boolean
  first_name: string
  last_name?: string
  username?: string
  language_code?: string
}

export interface Chat {
  id: number
  type: 'private' | 'group' | 'supergroup' | 'channel'
  title?: string
  username?: string
  first_name?: string
  last_name?: string
  /** A supergroup with topics. */
  is_forum?: true
}

export interface MessageEntity {
  type: string
  /** In UTF-16 units, as everywhere in the Bot API. */
  offset: number
  length: number
  url?: string
  user?: User
  language?: string
  custom_emoji_id?: string
}

export interface InlineButton {
  text: string
  callback_data?: string
  url?: string
  web_app?: { url: string }
  [field: string]: unknown
}

export interface Message {
  message_id: number
  date: number
  chat: Chat
  from?: User
  edit_date?: number
  text?: string
  entities?: MessageEntity[]
  caption?: string
  caption_entities?: MessageEntity[]
  reply_to_message?: Message
  reply_markup?: { inline_keyboard: InlineButton[][] }
  message_thread_id?: number
  is_topic_message?: true
  document?: FileFields & { file_name?: string; mime_type?: string }
  voice?: FileFields & { duration: number; mime_type?: string }
  photo?: (FileFields & { width: number; height: number })[]
  migrate_to_chat_id?: number
  migrate_from_chat_id?: number
  [field: string]: unknown
}

export interface FileFields {
  file_id: string
  file_unique_id: string
  file_size: number
}

/** One update: the id and exactly one other field. */
export interface Update {
  update_id: number
  [kind: string]: unknown
}

/** An update that is not delivered yet. */
export interface PendingUpdate {
  update: Update
  /** The queue that orders it: the chat of a message, the user of a query. */
  queueKey: string
  /** When the update is dropped, in milliseconds by the emulator's clock. */
  expiresAt: number
  attempts: number
  /** The last backoff, in Telegram's seconds. */
  delaySeconds: number
}

export interface BotCommand {
  command: string
  description: string
}

/** One call of a Bot API method, in the order of arrival. */
export interface CallRecord {
  method: string
  /** After parsing; an uploaded file is `{ file_name, size }`. */
  params: Record<string, unknown>
  /** Milliseconds, by the emulator's clock. */
  at: number
  /** HTTP status of the answer; null before it, and after a fault that sends no answer. */
  status: number | null
  /** The `description` of a refused call. */
  error?: string
  /** Duration in real milliseconds; absent before the answer. */
  ms?: number
  /** The result of a successful call. */
  result?: unknown
  /** The fault that hit it, in words. */
  fault?: string
  /** The invocation that made the call, from the header `x-evergram-invocation`. */
  invocation?: string
}

/** One finished POST to the webhook. */
export interface DeliveryRecord {
  updateId: number
  /** From 1; copies sent by `delivery.duplicate` share one attempt. */
  attempt: number
  /** HTTP status; 0: no answer (see `error`). */
  status: number
  /** Start, in milliseconds by the emulator's clock. */
  at: number
  /** How long it took, in real milliseconds. */
  ms: number
  error?: string
  /** The fault that hit it, in words. */
  fault?: string
}

/** A fault of a method, instead of its work. Without a field other than `times`, the method answers 500. */
export interface Fault {
  /** HTTP status and error_code; by default 500. */
  status?: number
  /** For 429: `parameters.retry_after` and the Retry-After header, in seconds; by default 1. */
  retryAfterSeconds?: number
  /** Number of calls that it hits; by default all until it is cleared. */
  times?: number
  description?: string
  /** Only calls whose chat_id is this one. */
  chatId?: number
  /** Never answer: `before` does not run the call, `after` runs it first. */
  hang?: 'before' | 'after'
  /** Cut the connection: `before` does not run the call, `after` runs it first. */
  reset?: 'before' | 'after'
  /** Answer `status` (by default 502) with this text as text/html, without running the call. */
  htmlBody?: string
  /** Run the call and answer with the first half of its JSON. */
  truncated?: boolean
  /** With `status`: run the call, then answer as if it had failed. */
  applied?: boolean
}

export interface Faults {
  /** Sets the fault of a method, or with `*` of all; replaces the fault of the same method and chat. */
  set(method: string, fault: Fault): void
  /** Clears the faults of one method, or all. */
  clear(method?: string): void
  list(): { method: string; fault: Fault }[]
}

export interface DeliveryFaults {
  /** Posts each update `n` times at once from now on; 1 is normal. */
  duplicate(n: number): void
  /** Loses the answers of the next `times` deliveries: the webhook ran, but Telegram retries. */
  dropAnswer(times: number): void
  /** True: deliver the newest waiting update of a chat first. */
  outOfOrder: boolean
  /** With outOfOrder: how long an update waits for another one to overtake it, in milliseconds; by default 0. */
  overtakingMs: number
  /** Number of copies of each update, and number of answers still to be lost. */
  readonly state: { copies: number; answersToDrop: number }
}

/** A custom keyboard, from the Bot API's ReplyKeyboardMarkup or ForceReply. */
export interface ReplyKeyboard {
  /** The bot's message that set it. */
  messageId: number
  keyboard: { text: string; request_contact?: boolean; request_location?: boolean }[][]
  oneTime: boolean
  placeholder: string
  /** ForceReply: the client starts an answer to the message instead of showing buttons. */
  forceReply: boolean
}

export interface Reaction {
  type: 'emoji' | 'custom_emoji'
  emoji?: string
  custom_emoji_id?: string
}

/** Events for an observer of the emulator, as they happen. */
export type Observation =
  /** `isWanted`: false where the bot's allowed_updates leave this kind out. */
  | { kind: 'update'; update: Update; isWanted: boolean }
  /** Sent when the call arrives, and again when its answer is sent or will never be sent. */
  | { kind: 'call'; call: CallRecord }
  | { kind: 'delivery'; delivery: DeliveryRecord }
  | { kind: 'event'; event: EmulatorEvent }
  /** Users, chats, topics, members, keyboards or commands changed. */
  | { kind: 'world' }

/** An event that a user would see or wait for; `cursor` grows by one each. */
export interface EmulatorEvent {
  cursor: number
  kind: 'message' | 'edit' | 'delete' | 'callback_answer' | 'chat_action' | 'reaction'
  chatId: number
  message?: Message
  detail?: Record<string, unknown>
}

export interface TelegramOptions {
  /** `<bot id>:<secret>`; the id becomes the bot's user id. */
  token: string
  /** 0, the default, takes a free port. */
  port?: number
  /** Without `@`; by default `evergram_bot`. */
  botUsername?: string
  /** Delay of each answer of the Bot API, in milliseconds. */
  latencyMs?: number
  /**
   * The speed of redelivery. `baseMs` is the length of one of Telegram's seconds (1000), also for Retry-After. `capMs`
   * is the lower bound of the cap (60000); the cap is a random value up to twice as large.
   */
  retry?: { baseMs?: number; capMs?: number }
  /** Time limit for the webhook's answer, in milliseconds; by default 60000. */
  responseTimeoutMs?: number
  /** The clock for dates and expiry, in milliseconds since 1970. Redelivery uses real time. */
  now?: () => number
  /** Random number from 0 to 1, without 1, for ids and the cap of the backoff. */
  random?: () => number
}
