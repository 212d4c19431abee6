/** Whether a message is for the bot, and what command it holds: questions that several features ask. */
import type { Message } from 'telegraf/types'
import type { BotContext } from './types.ts'

/** What a person can send that is not text. Service messages ("pinned", "joined") are not among it. */
const MEDIA = [
  'animation',
  'audio',
  'checklist',
  'contact',
  'dice',
  'document',
  'game',
  'live_photo',
  'location',
  'paid_media',
  'photo',
  'poll',
  'sticker',
  'story',
  'venue',
  'video',
  'video_note',
  'voice',
] as const

interface Command {
  /** Without the slash. */
  name: string
  /** The username after the @, without it; null where the command names no bot. */
  to: string | null
  /** What follows the command, as it was sent, without the one character that separates them. */
  payload: string
}

/** The command that a message begins with, else null. */
export function commandIn(message: Message): Command | null {
  if (!('text' in message)) return null
  const entity = message.entities?.[0]
  if (entity?.type !== 'bot_command' || entity.offset !== 0) return null
  const [name = '', to = null] = message.text.slice(1, entity.length).split('@')
  // The command may end without a space ('/ping😀'), so no fixed number of characters is cut off: it could split a pair.
  return { name, to, payload: message.text.slice(entity.length).replace(/^\s/, '') }
}

/** A chat of one person with the bot. Updates of 2015 carry no type; a positive id is a person there. */
export function isPrivate(message: Message): boolean {
  const type: string | undefined = message.chat.type
  return type === 'private' || (type === undefined && message.chat.id > 0)
}

export function isText(message: Message): message is Message.TextMessage {
  return 'text' in message
}

function repliesToBot(ctx: BotContext, message: Message): boolean {
  const original = 'reply_to_message' in message ? message.reply_to_message : undefined
  // In a topic that the bot opened, every message counts as a reply to the notice of its opening.
  return original?.from?.id === ctx.botInfo.id && !('forum_topic_created' in original)
}

/** True for `/command@some_other_bot`. */
function isForAnotherBot(ctx: BotContext, message: Message): boolean {
  const to = commandIn(message)?.to ?? null
  return to !== null && to.toLowerCase() !== ctx.botInfo.username.toLowerCase()
}

/**
 * True for what deserves an answer: anything that a person sends in a private chat; in a group a
 * command that names this bot, one of its own that names none, or a reply to one of its messages.
 */
export function isForBot(ctx: BotContext, message: Message): boolean {
  if (isForAnotherBot(ctx, message)) return false
  if (!isText(message) && !MEDIA.some((kind) => kind in message)) return false
  if (isPrivate(message) || repliesToBot(ctx, message)) return true
  const command = commandIn(message)
  return command !== null && (command.to !== null || ctx.scope.commands.has(command.name))
}
