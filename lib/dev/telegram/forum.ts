import { push } from './actions.ts'
import type { User } from './types.ts'
import { newMessage, noteChange, type World } from './world.ts'

/** Telegram's default colour of a topic's icon. */
const ICON_COLOR = 7322096

/** Makes a topic: sends a service message, whose id is the topic's id. */
export function addTopic(
  world: World,
  user: User,
  chatId: number,
  name: string,
): { thread: number; updateId: number } {
  const state = world.chats.get(chatId)
  if (state?.chat.is_forum !== true) throw new Error(`chat ${chatId} has no topics`)
  if (!state.members.has(user.id)) throw new Error(`user ${user.id} is not a member of chat ${chatId}`)
  if (name.length < 1 || name.length > 128) throw new Error('a topic has a name of 1 to 128 characters')
  const message = newMessage(world, state, user, {
    forum_topic_created: { name, icon_color: ICON_COLOR },
    is_topic_message: true,
  })
  message.message_thread_id = message.message_id
  state.topics.set(message.message_id, name)
  state.messages.set(message.message_id, message)
  noteChange(world)
  return { thread: message.message_id, updateId: push(world, 'message', message) }
}
