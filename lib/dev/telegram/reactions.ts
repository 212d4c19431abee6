/** Reactions to messages, of users and of the bot. */
import { push } from './actions.ts'
import type { Reaction, User } from './types.ts'
import { emitEvent, nowSeconds, type ChatState, type World } from './world.ts'

/** The emoji that Telegram accepts as reactions (Bot API, ReactionTypeEmoji). */
const EMOJI = new Set(
  (
    '❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 ' +
    '😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'
  ).split(' '),
)

/** True for a reaction emoji, with or without its variation selector. */
export const isReactionEmoji = (emoji: string): boolean => EMOJI.has(emoji.replaceAll('\uFE0F', ''))

/** Sets the reactions of a user or the bot to a message; an empty list removes them. @returns the old reactions */
export function setReaction(
  state: ChatState,
  messageId: number,
  actorId: number,
  reaction: Reaction[],
): Reaction[] {
  const ofMessage = state.reactions.get(messageId) ?? new Map<number, Reaction[]>()
  const before = ofMessage.get(actorId) ?? []
  if (reaction.length === 0) ofMessage.delete(actorId)
  else ofMessage.set(actorId, reaction)
  state.reactions.set(messageId, ofMessage)
  return before
}

/** A user reacts to a message. The bot gets message_reaction if it asked for this kind. */
export function react(world: World, user: User, messageId: number, emoji: string[], chatId: number): number {
  const state = world.chats.get(chatId)
  if (!state?.members.has(user.id)) throw new Error(`user ${user.id} is not a member of chat ${chatId}`)
  if (!state.messages.has(messageId)) throw new Error(`chat ${chatId} has no message ${messageId}`)
  const strange = emoji.find((one) => !isReactionEmoji(one))
  if (strange !== undefined) throw new Error(`Telegram has no reaction ${strange}`)
  const reaction = emoji.map((one): Reaction => ({ type: 'emoji', emoji: one }))
  const before = setReaction(state, messageId, user.id, reaction)
  emitEvent(world, {
    kind: 'reaction',
    chatId,
    detail: { message_id: messageId, reaction, user_id: user.id },
  })
  return push(world, 'message_reaction', {
    chat: state.chat,
    message_id: messageId,
    user,
    date: nowSeconds(world),
    old_reaction: before,
    new_reaction: reaction,
  })
}
