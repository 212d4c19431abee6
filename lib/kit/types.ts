/**
 * What a conversation feature sees. A feature is one file in lib/bot/features that registers
 * handlers on a telegraf Composer; everything that it may do beyond answering is on `ctx.scope`.
 */
import type { Composer, Context } from 'telegraf'
import type { RateVerdict } from '../inbox/envelope.ts'

export const LANGUAGES = ['en', 'ru', 'fr'] as const
export type Language = (typeof LANGUAGES)[number]

/** The update being processed, and the few things a feature may do around it. */
export interface UpdateScope {
  readonly updateId: string
  /** The sender's Telegram user id as decimal digits; null where the update has no sender. */
  readonly userId: string | null
  readonly rate: RateVerdict
  /** The user's setting, else Telegram's language_code, else English. */
  readonly language: Language
  /** True when the sender is in ADMIN_TELEGRAM_IDS. */
  readonly isAdmin: boolean
  /** Where administrators open the panel inside Telegram; null where Telegram could not. */
  readonly panelUrl: string | null
  /** Milliseconds since the update was accepted, by the store's clock. */
  sinceAcceptedMs(): number
  /** Stores the sender's choice; `language` changes with it. */
  setLanguage(language: Language): Promise<void>
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

/** One conversation feature: registers its handlers and nothing else. */
export type Feature = (bot: Composer<BotContext>) => void
