/** What a handler sees: telegraf's context, and on `ctx.scope` everything that it may do beyond answering. */
import type { Context } from 'telegraf'
import type { RateVerdict } from '../inbox/envelope.ts'

/** The sentences that the engine itself says, in one language. */
export interface EngineTexts {
  /** To a person who is too fast; at most 200 characters, because a pressed button shows it as a notification. */
  tooFast: string
  /** To the sender of an update that went to the dead letters. */
  givenUp: string
}

/** The update being processed, and the few things a feature may do around it. */
export interface UpdateScope {
  readonly updateId: string
  /** The sender's Telegram user id as decimal digits; null where the update has no sender. */
  readonly userId: string | null
  readonly rate: RateVerdict
  /** One of the bot's languages: the user's setting, else Telegram's language_code, else the default. */
  readonly language: string
  /** The sentences that the engine itself says, in `language`. */
  readonly texts: EngineTexts
  /** Names of the public commands, without the slash. */
  readonly commands: ReadonlySet<string>
  /** True when the sender is in ADMIN_TELEGRAM_IDS. */
  readonly isAdmin: boolean
  /** Where administrators open the panel inside Telegram; null where Telegram could not. */
  readonly panelUrl: string | null
  /** Milliseconds since the update was accepted, by the store's clock. */
  sinceAcceptedMs(): number
  /** Stores the sender's choice; `language` changes with it. */
  setLanguage(language: string): Promise<void>
  /** Marks whether the chat can be written to (a 403 or my_chat_member says it cannot). */
  markBlocked(chatId: string, blocked: boolean): Promise<void>
  /** Erases what is stored about the sender; resolves to the number of records erased. */
  forgetSender(): Promise<number>
  /** Moves what is stored about a chat to the supergroup that it became. */
  moveChat(fromChatId: string, toChatId: string): Promise<void>
  /** The bot's condition in a few plain lines, for administrators. */
  statusLines(): Promise<string[]>
}

export type BotContext = Context & { scope: UpdateScope }
