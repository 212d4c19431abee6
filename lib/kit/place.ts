/** Where an update came from, as the parameters of a call that answers there: chat, topic, connection, reply. */
import type { Update } from 'telegraf/types'

/** Parameters of every `send…` method. */
export interface Place {
  chat_id: number
  message_thread_id?: number
  /** The topic of a channel's direct messages. */
  direct_messages_topic_id?: number
  business_connection_id?: string
  reply_parameters?: { message_id: number; allow_sending_without_reply: true }
}

/**
 * @param isReply answers a message as a reply to it. A pressed button's message is the bot's own, and gets none.
 * @returns null where the update belongs to no chat
 */
export function placeOf(update: Update, isReply: boolean): Place | null {
  for (const [kind, content] of Object.entries(update as unknown as Record<string, unknown>)) {
    const isPress = kind === 'callback_query'
    const message = fieldsOf(isPress ? fieldsOf(content)?.['message'] : content)
    const chatId = fieldsOf(message?.['chat'])?.['id']
    if (typeof chatId !== 'number') continue
    const thread = message?.['is_topic_message'] === true ? message['message_thread_id'] : undefined
    const topic = fieldsOf(message?.['direct_messages_topic'])?.['topic_id']
    const connection = message?.['business_connection_id']
    const id = message?.['message_id']
    return {
      chat_id: chatId,
      ...(typeof thread === 'number' && { message_thread_id: thread }),
      ...(typeof topic === 'number' && { direct_messages_topic_id: topic }),
      ...(typeof connection === 'string' && { business_connection_id: connection }),
      ...(isReply && !isPress && typeof id === 'number' && { reply_parameters: replyParameters(id) }),
    }
  }
  return null
}

/** A reply that is sent also where the message was deleted meanwhile. */
export function replyParameters(messageId: number) {
  return { message_id: messageId, allow_sending_without_reply: true as const }
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}
