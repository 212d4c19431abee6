/** Topics of a forum. A forum is a supergroup in which each message belongs to a topic. */
import type { Message } from './types.ts'
import type { ChatState } from './world.ts'

type TopicFields = Pick<Message, 'message_thread_id' | 'is_topic_message'>

/**
 * The fields of a message in this topic; `undefined` is General, whose messages have none.
 * @returns null where the chat has no such topic
 */
export function topicFields(state: ChatState, thread: number | undefined | false): TopicFields | null {
  if (thread === undefined || thread === false) return {}
  if (state.topics.has(thread)) return { message_thread_id: thread, is_topic_message: true }
  // In a supergroup without topics, a thread is a message with its answers.
  const isThread = state.chat.type === 'supergroup' && !state.chat.is_forum && state.messages.has(thread)
  return isThread ? { message_thread_id: thread } : null
}
