/**
 * The shapes that the emulator speaks. Telegram's own objects are typed only as far as the emulator
 * builds or reads them; fields and units are those of the Bot API (dates in seconds since 1970).
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

/** One update as it travels: the id and exactly one more field. */
export interface Update {
  update_id: number
  [kind: string]: unknown
}

/** An update that Telegram still owes the bot. */
export interface PendingUpdate {
  update: Update
  /** What it is ordered by: the chat of a message, the user of a query. */
  queueKey: string
  /** Milliseconds by the emulator's clock; past it the update is dropped. */
  expiresAt: number
  attempts: number
  /** The last back-off, in Telegram's seconds. */
  delaySeconds: number
}

export interface BotCommand {
  command: string
  description: string
}

/** One call of a Bot API method, in the order of arrival. */
export interface CallRecord {
  method: string
  /** After parsing; an uploaded file stands as `{ file_name, size }`. */
  params: Record<string, unknown>
  /** Milliseconds, by the emulator's clock. */
  at: number
  /** HTTP status of the answer; null while it is owed (a hanging fault leaves it so). */
  status: number | null
  /** The `description` of a refused call. */
  error?: string
  /** How long it took, in real milliseconds; absent while the answer is owed. */
  ms?: number
  /** What a call that went well was answered. */
  result?: unknown
  /** The fault that hit it, in words. */
  fault?: string
  /** The invocation that made it, where the caller says so (`x-evergram-invocation`). */
  invocation?: string
}

/** One POST to the webhook that came to an end. */
export interface DeliveryRecord {
  updateId: number
  /** From 1; copies sent by `delivery.duplicate` share one attempt. */
  attempt: number
  /** HTTP status; 0 where no answer came (see `error`). */
  status: number
  /** Milliseconds, by the emulator's clock, at the start. */
  at: number
  /** How long it took, in real milliseconds. */
  ms: number
  error?: string
  /** The fault that hit it, in words. */
  fault?: string
}

/** What a method shall do instead of its work. Without any field but `times` it answers 500. */
export interface Fault {
  /** HTTP status and error_code; 500 unless given. */
  status?: number
  /** For 429: `parameters.retry_after` and the Retry-After header, in seconds; 1 unless given. */
  retryAfterSeconds?: number
  /** How many calls it hits; without it, all until cleared. */
  times?: number
  description?: string
  /** Only calls whose chat_id is this one. */
  chatId?: number
  /** Never answer: `before` leaves the call undone, `after` carries it out first. */
  hang?: 'before' | 'after'
  /** Cut the connection: `before` leaves the call undone, `after` carries it out first. */
  reset?: 'before' | 'after'
  /** Answer `status` (502 unless given) with this text as text/html, the call undone. */
  htmlBody?: string
  /** Carry the call out and answer with the first half of its JSON. */
  truncated?: boolean
  /** With `status`: carry the call out, then answer as if it had failed. */
  applied?: boolean
}

export interface Faults {
  /** Sets the fault of a method, or of all with `*`; replaces the one set for the same method and chat. */
  set(method: string, fault: Fault): void
  /** Clears the faults of one method, or all. */
  clear(method?: string): void
  list(): { method: string; fault: Fault }[]
}

export interface DeliveryFaults {
  /** From now on each update is posted `n` times at once; 1 is the normal state. */
  duplicate(n: number): void
  /** The answers of the next `times` deliveries get lost: the webhook ran, Telegram retries. */
  dropAnswer(times: number): void
  /** True: of what waits in a chat the newest goes first. */
  outOfOrder: boolean
  /** With outOfOrder: how long an update waits for one that could overtake it, in milliseconds; 0 unless set. */
  overtakingMs: number
  /** Copies that each update is posted as, and answers still to be dropped. */
  readonly state: { copies: number; answersToDrop: number }
}

/** A keyboard in the place of the letters, as the Bot API's ReplyKeyboardMarkup or ForceReply describes it. */
export interface ReplyKeyboard {
  /** The bot's message that brought it. */
  messageId: number
  keyboard: { text: string; request_contact?: boolean; request_location?: boolean }[][]
  oneTime: boolean
  placeholder: string
  /** ForceReply: the client opens an answer to the message instead of showing buttons. */
  forceReply: boolean
}

export interface Reaction {
  type: 'emoji' | 'custom_emoji'
  emoji?: string
  custom_emoji_id?: string
}

/** What somebody who looks over the emulator's shoulder is told, as it happens. */
export type Observation =
  /** `isWanted`: false where the bot's allowed_updates leave this kind out. */
  | { kind: 'update'; update: Update; isWanted: boolean }
  /** Told when the call comes in and again when its answer has left, or never will. */
  | { kind: 'call'; call: CallRecord }
  | { kind: 'delivery'; delivery: DeliveryRecord }
  | { kind: 'event'; event: EmulatorEvent }
  /** Users, chats, topics, members, keyboards or commands changed. */
  | { kind: 'world' }

/** Something that a person at the other end would see, or wait for; `cursor` grows by one each. */
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
  /** Without `@`; `evergram_bot` unless given. */
  botUsername?: string
  /** Milliseconds that each answer of the Bot API takes longer. */
  latencyMs?: number
  /**
   * The pace of redelivery. `baseMs` is the length of one of Telegram's seconds (1000), by which
   * Retry-After is measured too; `capMs` the lower bound of the cap (60000), drawn up to twice it.
   */
  retry?: { baseMs?: number; capMs?: number }
  /** How long the webhook may take to answer, in milliseconds; 60000 unless given. */
  responseTimeoutMs?: number
  /** Milliseconds since 1970: decides dates and expiry. Redelivery waits in real time. */
  now?: () => number
  /** A number from 0 to 1, 1 excluded: ids and the cap of the back-off. */
  random?: () => number
}
