import { badRequest } from '../errors.ts'
import { checkWebAppUrl } from '../markup.ts'
import type { Params } from '../parameters.ts'
import { isReactionEmoji, setReaction } from '../reactions.ts'
import type { Reaction } from '../types.ts'
import { emitEvent, findChat, type World } from '../world.ts'
import { writableChat } from './messages.ts'

/** How long a callback query can be answered, in milliseconds. */
const CALLBACK_ANSWER_MS = 150_000

const ACTIONS = new Set([
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
])

export const getMe = (world: World): Record<string, unknown> => ({
  ...world.bot,
  can_join_groups: true,
  can_read_all_group_messages: true,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
})

export function getChat(world: World, params: Params): Record<string, unknown> {
  const { chat } = findChat(world, params.chat_id)
  return {
    ...chat,
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
  }
}

/** @throws {ApiError} 400 when the query is unknown or older than 150 s. */
export function answerCallbackQuery(world: World, params: Params): true {
  const id = params.callback_query_id as string
  const query = world.callbackQueries.get(id)
  if (query === undefined || world.now() - query.at > CALLBACK_ANSWER_MS) {
    throw badRequest('query is too old and response timeout expired or query ID is invalid')
  }
  const text = (params.text as string | undefined) ?? ''
  if (text.length > 200) throw badRequest('MESSAGE_TOO_LONG')
  emitEvent(world, {
    kind: 'callback_answer',
    chatId: query.chatId,
    detail: {
      callback_query_id: id,
      text,
      show_alert: params.show_alert === true,
      user_id: query.user.id,
      ...(params.url === undefined ? {} : { url: params.url }),
    },
  })
  return true
}

export function sendChatAction(world: World, params: Params): true {
  const { chat } = writableChat(world, params)
  const action = String(params.action).toLowerCase()
  if (!ACTIONS.has(action)) throw badRequest('wrong parameter action in request')
  emitEvent(world, { kind: 'chat_action', chatId: chat.id, detail: { action } })
  return true
}

/** @throws {ApiError} 400 on a missing message, or anything but at most one reaction. */
export function setMessageReaction(world: World, params: Params): true {
  const state = writableChat(world, params)
  const reaction = (params.reaction ?? []) as Reaction[]
  if (!state.messages.has(params.message_id as number)) throw badRequest('message to react not found')
  if (!Array.isArray(reaction)) throw badRequest("can't parse reaction types: Array expected")
  if (reaction.length > 1) throw badRequest('REACTIONS_TOO_MANY')
  for (const { type, emoji } of reaction) {
    if (type === 'emoji' && !isReactionEmoji(emoji ?? '')) throw badRequest('REACTION_INVALID')
    if (type !== 'emoji' && type !== 'custom_emoji') throw badRequest('REACTION_INVALID')
  }
  setReaction(state, params.message_id as number, world.bot.id, reaction)
  emitEvent(world, {
    kind: 'reaction',
    chatId: state.chat.id,
    detail: { message_id: params.message_id, reaction },
  })
  return true
}

/** @throws {ApiError} 400 on a chat that is not private, or a Web App without https. */
export function setChatMenuButton(world: World, params: Params): true {
  const id = params.chat_id as number | undefined
  const button = (params.menu_button ?? { type: 'default' }) as {
    type?: string
    text?: string
    web_app?: { url?: string }
  }
  if (id !== undefined && findChat(world, id).chat.type !== 'private') throw badRequest('chat not found')
  if (!['default', 'commands', 'web_app'].includes(button.type ?? '')) {
    throw badRequest("can't parse menu button: Unsupported type specified")
  }
  if (button.type === 'web_app') {
    if ((button.text ?? '') === '') throw badRequest('menu button text must be non-empty')
    checkWebAppUrl('menu button', button.web_app?.url)
  }
  world.menuButtons.set(id ?? 'default', button)
  return true
}
