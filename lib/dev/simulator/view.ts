/** The emulator's world as the page shows it. */
import { getWebhookInfo } from '../telegram/methods/webhook.ts'
import type { Message } from '../telegram/types.ts'
import type { ChatState, World as EmulatedWorld } from '../telegram/world.ts'
import type { ShownChat, ShownMessage, World } from './wire.ts'

export function viewWorld(world: EmulatedWorld): World {
  return {
    bot: world.bot,
    users: [...world.users.values()],
    chats: [...world.chats.values()].map(viewChat),
    webhook: getWebhookInfo(world),
  }
}

function viewChat(state: ChatState): ShownChat {
  return {
    chat: state.chat,
    members: [...state.members],
    topics: [...state.topics].map(([thread, name]) => ({ thread, name })),
    keyboards: Object.fromEntries(state.keyboards),
    blocked: state.blocked,
    migratedTo: state.migratedTo ?? null,
    last: [...state.messages.values()].at(-1) ?? null,
  }
}

/** Which updates and calls belong to a message. */
export interface Links {
  update(chatId: number, messageId: number, updateId: number): void
  call(chatId: number, messageId: number, callId: number): void
  view(state: ChatState, message: Message): ShownMessage
}

export function createLinks(): Links {
  const updates = new Map<string, Set<number>>()
  const calls = new Map<string, Set<number>>()
  const key = (chatId: number, messageId: number) => `${chatId}/${messageId}`
  const add = (map: Map<string, Set<number>>, where: string, id: number) => {
    const set = map.get(where) ?? new Set()
    map.set(where, set.add(id))
  }
  return {
    update: (chatId, messageId, updateId) => add(updates, key(chatId, messageId), updateId),
    call: (chatId, messageId, callId) => add(calls, key(chatId, messageId), callId),
    view(state, message) {
      const where = key(state.chat.id, message.message_id)
      return {
        message,
        reactions: viewReactions(state, message.message_id),
        updateIds: [...(updates.get(where) ?? [])],
        callIds: [...(calls.get(where) ?? [])],
      }
    },
  }
}

function viewReactions(state: ChatState, messageId: number): ShownMessage['reactions'] {
  const byEmoji = new Map<string, number[]>()
  for (const [actor, reactions] of state.reactions.get(messageId) ?? []) {
    for (const { emoji = '✨' } of reactions) byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), actor])
  }
  return [...byEmoji].map(([emoji, by]) => ({ emoji, by }))
}
