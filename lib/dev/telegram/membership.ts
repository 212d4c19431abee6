import { nextUpdateId, enqueue, updateKind } from './queue.ts'
import { addGroup, addUser, push } from './actions.ts'
import type { Chat, Message, Update, User } from './types.ts'
import { addChat, newMessage, noteChange, nowSeconds, record, type World } from './world.ts'

/** The user blocks or unblocks the bot: sends my_chat_member. While blocked, the bot's messages are refused with 403. */
export function setBlocked(world: World, user: User, blocked: boolean): number {
  const state = world.chats.get(user.id)
  if (state === undefined) throw new Error(`the emulator knows no user ${user.id}`)
  state.blocked = blocked
  noteChange(world)
  const member = { status: 'member', user: world.bot }
  const banned = { status: 'kicked', user: world.bot, until_date: 0 }
  return push(world, 'my_chat_member', {
    chat: state.chat,
    from: user,
    date: nowSeconds(world),
    old_chat_member: blocked ? member : banned,
    new_chat_member: blocked ? banned : member,
  })
}

/** A user joins or leaves a group: sends the service message, and chat_member where the bot asked for this kind. */
export function setMember(world: World, user: User, chatId: number, isMember: boolean): number {
  const state = world.chats.get(chatId)
  if (state === undefined || state.chat.type === 'private') throw new Error(`chat ${chatId} is not a group`)
  if (state.members.has(user.id) === isMember) {
    throw new Error(`user ${user.id} is ${isMember ? 'already' : 'not'} a member of chat ${chatId}`)
  }
  if (isMember) state.members.add(user.id)
  else state.members.delete(user.id)
  noteChange(world)
  const status = (is: boolean): object => ({ status: is ? 'member' : 'left', user })
  push(world, 'chat_member', {
    chat: state.chat,
    from: user,
    date: nowSeconds(world),
    old_chat_member: status(!isMember),
    new_chat_member: status(isMember),
  })
  const fields = isMember ? { new_chat_members: [user] } : { left_chat_member: user }
  const message = newMessage(world, state, user, fields)
  state.messages.set(message.message_id, message)
  return push(world, 'message', message)
}

/** Turns a group into a supergroup: a new id, and a service message in each of the two chats. */
export function migrate(world: World, group: Chat): { chat: Chat; updateIds: [number, number] } {
  const old = world.chats.get(group.id)
  if (old?.chat.type !== 'group') throw new Error(`chat ${group.id} is not a group`)
  const [first = 0] = old.members
  const user = world.users.get(first) ?? addUser(world)
  const chat = addGroup(world, { title: old.chat.title ?? '', members: [...old.members], supergroup: true })
  const next = world.chats.get(chat.id) ?? addChat(world, chat, [])
  const leaving = newMessage(world, old, user, { migrate_to_chat_id: chat.id })
  const arriving = newMessage(world, next, user, { migrate_from_chat_id: group.id })
  old.migratedTo = chat.id
  old.messages.set(leaving.message_id, leaving)
  next.messages.set(arriving.message_id, arriving)
  return { chat, updateIds: [push(world, 'message', leaving), push(world, 'message', arriving)] }
}

/**
 * Sends any update unchanged; without an `update_id` it gets the next one. The emulator learns its chats, users and
 * messages, so that the bot can answer them.
 */
export function deliverRaw(world: World, raw: Record<string, unknown>): number {
  const id = Number.isSafeInteger(raw.update_id) ? (raw.update_id as number) : nextUpdateId(world)
  const update: Update = { ...raw, update_id: id }
  const body = object(update[updateKind(update)])
  learnMessage(world, body)
  // The message of a pressed button is this bot's message, also if another bot recorded the update.
  if (body.message !== undefined) learnMessage(world, { ...object(body.message), from: world.bot })
  const from = object(body.from)
  if (Number.isSafeInteger(from.id) && !world.users.has(from.id as number)) {
    addUser(world, from)
  }
  if (updateKind(update) === 'callback_query' && typeof body.id === 'string') {
    const chat = object(object(body.message).chat)
    const user = from as unknown as User
    world.callbackQueries.set(body.id, { at: world.now(), chatId: Number(chat.id), user })
  }
  record(world, world.updates, update)
  enqueue(world, update)
  return id
}

const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

function learnMessage(world: World, message: Record<string, unknown>): void {
  const chat = object(message.chat)
  if (!Number.isSafeInteger(chat.id)) return
  const members = [object(message.from).id].filter((id): id is number => Number.isSafeInteger(id))
  const state = world.chats.get(chat.id as number) ?? addChat(world, chat as unknown as Chat, members)
  if (Number.isSafeInteger(message.message_id)) {
    state.messages.set(message.message_id as number, message as unknown as Message)
  }
}
