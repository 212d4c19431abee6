import { ApiError, badRequest } from '../errors.ts'
import { applyKeyboard } from '../keyboards.ts'
import { checkMarkup } from '../markup.ts'
import type { Params } from '../parameters.ts'
import { formatText } from '../text.ts'
import { topicFields } from '../topics.ts'
import type { Message } from '../types.ts'
import { emitEvent, findChat, newMessage, nowSeconds, quoted, type ChatState, type World } from '../world.ts'

const EDIT_TEXT_FIELDS = ['text', 'entities', 'reply_markup'] as const
const DELETE_WINDOW_SECONDS = 48 * 3600

/**
 * The chat to which the bot writes.
 * @throws {ApiError} 400 for an unknown chat, 403 when its user has blocked the bot
 */
export function writableChat(world: World, params: Params): ChatState {
  const state = findChat(world, params.chat_id)
  if (state.blocked) throw new ApiError(403, 'Forbidden: bot was blocked by the user')
  return state
}

/** The fields that sendMessage and the methods for files share: topic, reply and keyboard. */
export function commonFields(state: ChatState, params: Params): Partial<Message> {
  const markup = checkMarkup(params.reply_markup, state.chat)
  const reply = params.reply_parameters as
    | { message_id?: number; allow_sending_without_reply?: boolean }
    | undefined
  const original = reply === undefined ? undefined : state.messages.get(Number(reply.message_id))
  if (reply !== undefined && original === undefined && reply.allow_sending_without_reply !== true) {
    throw badRequest('message to be replied not found')
  }
  // An answer without a topic goes to the topic of the message that it answers.
  const thread = params.message_thread_id as number | undefined
  const topic = topicFields(state, thread ?? (original?.is_topic_message && original.message_thread_id))
  if (topic === null) throw badRequest('message thread not found')
  const root = original ?? (topic.is_topic_message && state.messages.get(topic.message_thread_id ?? 0))
  return {
    ...topic,
    ...(root ? { reply_to_message: quoted(root) } : {}),
    ...(markup === undefined ? {} : { reply_markup: markup }),
  }
}

export function store(world: World, state: ChatState, message: Message, params: Params): Message {
  state.messages.set(message.message_id, message)
  applyKeyboard(world, state, message, params.reply_markup)
  emitEvent(world, { kind: 'message', chatId: state.chat.id, message })
  return message
}

export function sendMessage(world: World, params: Params): Message {
  const state = writableChat(world, params)
  const { text, entities } = formatText(params, 'text')
  const fields = commonFields(state, params)
  return store(
    world,
    state,
    newMessage(world, state, world.bot, { text, ...(entities.length > 0 ? { entities } : {}), ...fields }),
    params,
  )
}

function ownMessage(world: World, params: Params, what: string): { state: ChatState; message: Message } {
  if (params.chat_id === undefined || params.message_id === undefined) {
    throw badRequest('message identifier is not specified')
  }
  const state = writableChat(world, params)
  const message = state.messages.get(params.message_id as number)
  if (message === undefined) throw badRequest(`message to ${what} not found`)
  if (message.from?.id !== world.bot.id) throw badRequest(`message can't be ${what}ed`)
  return { state, message }
}

function replace(
  world: World,
  state: ChatState,
  old: Message,
  fields: Partial<Message>,
  compared: readonly (keyof Message)[],
): Message {
  const { entities: _, reply_markup: __, ...kept } = old
  // editMessageReplyMarkup does not change the entities.
  const base = compared.includes('entities')
    ? kept
    : { ...kept, ...(old.entities === undefined ? {} : { entities: old.entities }) }
  const message: Message = { ...base, ...fields, edit_date: nowSeconds(world) }
  if (compared.every((field) => JSON.stringify(old[field]) === JSON.stringify(message[field]))) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  }
  state.messages.set(message.message_id, message)
  emitEvent(world, { kind: 'edit', chatId: state.chat.id, message })
  return message
}

/** @throws {ApiError} 400 when the message is missing, another's, without text or would not change. */
export function editMessageText(world: World, params: Params): Message {
  const { state, message } = ownMessage(world, params, 'edit')
  if (message.text === undefined) throw badRequest('there is no text in the message to edit')
  const { text, entities } = formatText(params, 'text')
  const markup = checkMarkup(params.reply_markup, state.chat, true)
  const fields = {
    text,
    ...(entities.length > 0 ? { entities } : {}),
    ...(markup === undefined ? {} : { reply_markup: markup }),
  }
  return replace(world, state, message, fields, EDIT_TEXT_FIELDS)
}

export function editMessageReplyMarkup(world: World, params: Params): Message {
  const { state, message } = ownMessage(world, params, 'edit')
  const markup = checkMarkup(params.reply_markup, state.chat, true)
  const fields = markup === undefined ? {} : { reply_markup: markup }
  return replace(world, state, message, fields, ['reply_markup'])
}

/** @throws {ApiError} 400 when there is no such message, or it is older than 48 h. */
export function deleteMessage(world: World, params: Params): true {
  const state = writableChat(world, params)
  const id = params.message_id as number
  const message = state.messages.get(id)
  if (message === undefined) throw badRequest('message to delete not found')
  if (nowSeconds(world) - message.date > DELETE_WINDOW_SECONDS) {
    throw badRequest("message can't be deleted for everyone")
  }
  state.messages.delete(id)
  emitEvent(world, { kind: 'delete', chatId: state.chat.id, message })
  return true
}
