/** Reply keyboards: the buttons that replace the user's keyboard, and the users who see them. */
import type { Message, ReplyKeyboard } from './types.ts'
import { noteChange, type ChatState, type World } from './world.ts'

interface Markup {
  keyboard?: (string | { text: string })[][]
  remove_keyboard?: boolean
  force_reply?: boolean
  one_time_keyboard?: boolean
  input_field_placeholder?: string
  selective?: boolean
}

/** Applies the `reply_markup` of a sent message. Inline keyboards are stored with their message instead. */
export function applyKeyboard(world: World, state: ChatState, message: Message, markup: unknown): void {
  const given = (markup ?? {}) as Markup
  const isShown = given.keyboard !== undefined || given.force_reply === true
  if (!isShown && given.remove_keyboard !== true) return
  const targets = given.selective === true ? namedIn(world, state, message) : (['all'] as const)
  if (given.selective !== true) state.keyboards.clear()
  for (const target of targets) {
    if (!isShown) state.keyboards.delete(target)
    else state.keyboards.set(target, keyboardOf(message, given))
  }
  noteChange(world)
}

function keyboardOf(message: Message, markup: Markup): ReplyKeyboard {
  return {
    messageId: message.message_id,
    keyboard: (markup.keyboard ?? []).map((row) =>
      row.map((button) => (typeof button === 'string' ? { text: button } : button)),
    ),
    oneTime: markup.one_time_keyboard === true,
    placeholder: markup.input_field_placeholder ?? '',
    forceReply: markup.force_reply === true,
  }
}

/** The users of a selective keyboard: those who are mentioned, and the author of the answered message. */
function namedIn(world: World, state: ChatState, message: Message): number[] {
  const ids = new Set<number>()
  const author = message.reply_to_message?.from?.id
  if (author !== undefined && author !== world.bot.id) ids.add(author)
  for (const { type, offset, length, user } of message.entities ?? []) {
    if (user !== undefined) ids.add(user.id)
    const name = type === 'mention' ? message.text?.slice(offset + 1, offset + length) : undefined
    const named = [...world.users.values()].find(({ username }) => name !== undefined && username === name)
    if (named !== undefined) ids.add(named.id)
  }
  return [...ids].filter((id) => state.members.has(id))
}
