/** What a refusal of Telegram means, judged by its code and its description. One row for each meaning. */
import { TelegramRefused } from '../errors.ts'

export type Refusal =
  /** The bot's token is not valid (any more). */
  | 'revoked'
  /** Too many calls; Telegram says how long to wait. */
  | 'limited'
  /** The bot may not write to the chat: blocked, removed, muted, or the chat is gone. */
  | 'unwritable'
  /** The topic of the call does not exist (any more). */
  | 'no_thread'
  /** The markup of the text cannot be parsed. */
  | 'bad_markup'
  /** Telegram's own servers failed: it answers so for getFile, also to its own 429 and 5xx. */
  | 'unavailable'
  /** The same call will be refused again. */
  | 'refused'

interface Row {
  refusal: Refusal
  codes: readonly number[]
  /** Without it every description. Telegram's descriptions, lower and upper case as it sends them. */
  description?: RegExp
}

/** The first row that fits. The descriptions are those of Telegram's Bot API server (telegram-bot-api, Client.cpp). */
const ROWS: readonly Row[] = [
  { refusal: 'limited', codes: [429] },
  { refusal: 'revoked', codes: [401] },
  // A 404 for an unknown method names the method; any other one means the token.
  { refusal: 'revoked', codes: [404], description: /^(?!.*method not found)/i },
  { refusal: 'revoked', codes: [400], description: /\blogged out\b/i },
  { refusal: 'unwritable', codes: [403] },
  // "not enough rights" to pin or to ban says nothing about writing.
  { refusal: 'unwritable', codes: [400], description: /not enough rights to send|have no rights to send/i },
  { refusal: 'unwritable', codes: [400], description: /need administrator rights in the channel chat/i },
  // All-capitals refusals, which Telegram's server turns from 403 into 400.
  { refusal: 'unwritable', codes: [400], description: /CHAT_RESTRICTED|CHAT_(WRITE|SEND_\w+)_FORBIDDEN/ },
  { refusal: 'unwritable', codes: [400], description: /TOPIC_CLOSED|USER_IS_BLOCKED|CHANNEL_PRIVATE/ },
  { refusal: 'unwritable', codes: [400], description: /chat not found|user is deactivated|was deactivated/i },
  { refusal: 'no_thread', codes: [400], description: /message thread not found/i },
  { refusal: 'bad_markup', codes: [400], description: /can't parse entities/i },
  { refusal: 'unavailable', codes: [400], description: /temporarily unavailable/i },
]

/** Names what a refusal means. Pure. */
export function refusalOf({ code, description }: Pick<TelegramRefused, 'code' | 'description'>): Refusal {
  const row = ROWS.find((each) => each.codes.includes(code) && (each.description?.test(description) ?? true))
  return row?.refusal ?? 'refused'
}

/** True where an error says that the bot's token is not valid. */
export function isRevoked(error: unknown): boolean {
  return error instanceof TelegramRefused && refusalOf(error) === 'revoked'
}
