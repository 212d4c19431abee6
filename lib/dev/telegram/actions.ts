import { fileMessage, storeFile, type FileKind, type NewFile } from './files.ts'
import { enqueue, nextUpdateId } from './queue.ts'
import { detectEntities, MAX_CAPTION_LENGTH, MAX_TEXT_LENGTH } from './text.ts'
import { topicFields } from './topics.ts'
import type { Chat, Message, Update, User } from './types.ts'
import {
  addChat,
  newMessage,
  noteChange,
  nowSeconds,
  quoted,
  record,
  type ChatState,
  type World,
} from './world.ts'

export interface SendOptions {
  /** A group; by default the user's private chat. */
  chat?: Chat | number | undefined
  /** The id of the message that this one answers. */
  replyTo?: number | undefined
  /** In a forum: the topic's message_thread_id; by default General. */
  thread?: number | undefined
}

export interface UserProfile {
  id?: number | undefined
  first_name?: string | undefined
  last_name?: string | undefined
  username?: string | undefined
  language_code?: string | undefined
}

/** Makes a user with a private chat, or changes the user with this id. */
export function addUser(world: World, profile: UserProfile = {}): User {
  const id = profile.id ?? world.nextId.user++
  const given = Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined))
  const known = world.users.get(id) ?? { id, is_bot: false, first_name: 'Ada', language_code: 'en' }
  const user: User = { ...known, ...given }
  world.users.set(id, user)
  const { is_bot: _, language_code: __, ...name } = user
  const chat: Chat = { ...name, type: 'private' }
  const state = world.chats.get(id)
  if (state === undefined) addChat(world, chat, [id])
  else state.chat = chat
  noteChange(world)
  return user
}

export function addGroup(
  world: World,
  group: {
    title: string
    members: (User | number)[]
    supergroup?: boolean | undefined
    /** A supergroup with topics. */
    forum?: boolean | undefined
  },
): Chat {
  const isForum = group.forum === true
  const type = group.supergroup === true || isForum ? 'supergroup' : 'group'
  const chat: Chat = {
    id: -world.nextId[type]++,
    type,
    title: group.title,
    ...(isForum ? { is_forum: true } : {}),
  }
  const members = group.members.map((member) => (typeof member === 'number' ? member : member.id))
  return addChat(world, chat, members).chat
}

/** Sends an update of one kind to the bot. */
export function push(world: World, kind: string, body: unknown): number {
  const update: Update = { update_id: nextUpdateId(world), [kind]: body }
  record(world, world.updates, update)
  enqueue(world, update)
  return update.update_id
}

/** The chat to which a user writes. @throws Error with a sentence where a real client could not write */
export function chatFor(world: World, user: User, chat: Chat | number | undefined): ChatState {
  const id = chat === undefined ? user.id : typeof chat === 'number' ? chat : chat.id
  const state = world.chats.get(id)
  if (state === undefined) throw new Error(`the emulator knows no chat ${id}`)
  if (!state.members.has(user.id)) throw new Error(`user ${user.id} is not a member of chat ${id}`)
  if (state.migratedTo !== undefined) throw new Error(`chat ${id} has become ${state.migratedTo}`)
  if (state.blocked) throw new Error(`user ${user.id} has blocked the bot`)
  return state
}

/** The fields that a message gets from the message that it answers and from its topic. */
function placeFields(state: ChatState, { replyTo, thread }: SendOptions): Partial<Message> {
  const original = replyTo === undefined ? undefined : state.messages.get(replyTo)
  if (replyTo !== undefined && original === undefined) {
    throw new Error(`chat ${state.chat.id} has no message ${replyTo} to answer`)
  }
  const topic = topicFields(state, thread ?? (original?.is_topic_message && original.message_thread_id))
  if (topic === null) throw new Error(`chat ${state.chat.id} has no topic ${thread}`)
  // In a topic, a message that answers no other answers the service message of the topic's creation.
  const root = original ?? state.messages.get(topic.message_thread_id ?? Number.NaN)
  return { ...topic, ...(root === undefined ? {} : { reply_to_message: quoted(root) }) }
}

/** Sends a user's message of any content. */
export function sendContent(
  world: World,
  user: User,
  fields: Partial<Message>,
  options: SendOptions = {},
): number {
  const state = chatFor(world, user, options.chat)
  return sendMessage(world, state, user, { ...fields, ...placeFields(state, options) })
}

function sendMessage(world: World, state: ChatState, user: User, fields: Partial<Message>): number {
  const message = newMessage(world, state, user, fields)
  state.messages.set(message.message_id, message)
  return push(world, 'message', message)
}

/** Sends a text message of the user, or with `edit` the new text of an earlier message. */
export function sendText(
  world: World,
  user: User,
  text: string,
  options: SendOptions & { edit?: number | undefined } = {},
): number {
  if (text.length === 0 || text.length > MAX_TEXT_LENGTH) {
    throw new Error(`a user's message has 1 to ${MAX_TEXT_LENGTH} UTF-16 units, not ${text.length}`)
  }
  const state = chatFor(world, user, options.chat)
  const entities = detectEntities(text)
  const fields = { text, ...(entities.length > 0 ? { entities } : {}) }
  if (options.edit === undefined) {
    return sendMessage(world, state, user, { ...fields, ...placeFields(state, options) })
  }
  const old = state.messages.get(options.edit)
  if (old?.from?.id !== user.id) throw new Error(`message ${options.edit} is not one of user ${user.id}`)
  const { entities: _, ...kept } = old
  const message: Message = { ...kept, ...fields, edit_date: nowSeconds(world) }
  state.messages.set(message.message_id, message)
  return push(world, 'edited_message', message)
}

/** Sends a file of the user. The bot can download it by getFile. */
export function sendFile(
  world: World,
  kind: FileKind,
  user: User,
  file: NewFile,
  options: SendOptions & { caption?: string | undefined } = {},
): number {
  const caption = options.caption ?? ''
  if (caption.length > MAX_CAPTION_LENGTH)
    throw new Error(`a caption has at most ${MAX_CAPTION_LENGTH} units`)
  const state = chatFor(world, user, options.chat)
  const stored = storeFile(world, kind, file)
  const entities = detectEntities(caption)
  return sendMessage(world, state, user, {
    ...fileMessage(kind, stored, file.durationSeconds),
    ...(caption === '' ? {} : { caption }),
    ...(entities.length > 0 ? { caption_entities: entities } : {}),
    ...placeFields(state, options),
  })
}

/**
 * Presses an inline button. `force` presses a button that the message no longer has, like a client that has not seen
 * the edit.
 */
export function press(
  world: World,
  user: User,
  messageId: number,
  data: string,
  options: { chat?: Chat | number | undefined; force?: boolean | undefined } = {},
): number {
  const own = options.chat === undefined && !(world.chats.get(user.id)?.messages.has(messageId) ?? false)
  const group = own
    ? [...world.chats.values()].find((chat) => chat.members.has(user.id) && chat.messages.has(messageId))
    : undefined
  const state = chatFor(world, user, options.chat ?? group?.chat)
  const message = state.messages.get(messageId)
  if (message === undefined) throw new Error(`chat ${state.chat.id} has no message ${messageId}`)
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  if (options.force !== true && !buttons.some((button) => button.callback_data === data)) {
    throw new Error(`message ${messageId} has no button with the data ${JSON.stringify(data)}`)
  }
  const id = String(4_000_000_000_000_000 + Math.floor(world.random() * 1_000_000_000_000))
  world.callbackQueries.set(id, { at: world.now(), chatId: state.chat.id, user })
  return push(world, 'callback_query', {
    id,
    from: user,
    message,
    chat_instance: String(state.chat.id),
    data,
  })
}
