/** Telegram's list of chats as ours, a page at a time. */
import type { tl } from '@mtcute/core'
import type { Chat, Chats, ChatType } from '../contract.ts'
import type { PeerName } from '../mtproto/peer.ts'
import { chatNameOf, markedId, readChatName } from './chat-name.ts'
import { kindAndId, messageOf, nameOf, peopleOf, type People } from './message.ts'

/** Where the next page begins: after this message of this chat. Pinned chats stand on the first page alone. */
export interface Cursor {
  date: number
  messageId: number
  peer: PeerName | null
}

export function readCursor(text: string): Cursor | null {
  const [, date, messageId, name] = /^(\d{1,10})-(\d{1,10})-([\w.-]{1,60})$/.exec(text) ?? []
  if (name === undefined) return null
  const peer = name === 'none' ? null : readChatName(name)
  return peer || name === 'none' ? { date: Number(date), messageId: Number(messageId), peer } : null
}

function cursorOf({ date, messageId, peer }: Cursor): string {
  return `${date}-${messageId}-${peer ? chatNameOf(peer) : 'none'}`
}

/** @param nowMs tells which chats are muted at the moment */
export function chatsOf(answer: tl.messages.TypeDialogs, nowMs: number): Chats {
  if (answer._ === 'messages.dialogsNotModified') return { chats: [], cursor: null }
  const people = peopleOf(answer)
  const newest = new Map(
    answer.messages.flatMap((one) =>
      'peerId' in one && one.peerId ? [[topKey(one.peerId, one.id), one]] : [],
    ),
  )
  // A folder of archived chats is no chat.
  const dialogs = answer.dialogs.filter((one) => one._ === 'dialog')
  const chats = dialogs.flatMap((dialog) => {
    const message = newest.get(topKey(dialog.peer, dialog.topMessage))
    return chatOf(dialog, message, people, nowMs) ?? []
  })
  return { chats, cursor: answer._ === 'messages.dialogsSlice' ? nextOf(dialogs, newest, people) : null }
}

function topKey(peer: tl.TypePeer, id: number): string {
  return `${kindAndId(peer).join('.')}.${id}`
}

function nextOf(
  dialogs: tl.RawDialog[],
  newest: ReadonlyMap<string, tl.TypeMessage>,
  people: People,
): string | null {
  if (dialogs.length === 0) return null
  const last = dialogs.findLast(({ pinned }) => !pinned)
  const message = last && newest.get(topKey(last.peer, last.topMessage))
  if (!last || !message || message._ === 'messageEmpty')
    return cursorOf({ date: 0, messageId: 0, peer: null })
  return cursorOf({
    date: Math.max(0, message.date),
    messageId: last.topMessage,
    peer: peerNameOf(last.peer, people),
  })
}

/** @returns null for a chat that no method could be asked about */
function chatOf(
  dialog: tl.RawDialog,
  message: tl.TypeMessage | undefined,
  people: People,
  nowMs: number,
): Chat | null {
  const peer = peerNameOf(dialog.peer, people)
  if (!peer) return null
  const type = typeOf(dialog.peer, people)
  const { muteUntil = 0 } = dialog.notifySettings
  return {
    chat: chatNameOf(peer),
    id: markedId(namedBy(dialog.peer)),
    type,
    title: nameOf(dialog.peer, people),
    username: usernameOf(dialog.peer, people),
    unread: dialog.unreadCount,
    is_pinned: dialog.pinned ?? false,
    is_muted: muteUntil * 1000 > nowMs,
    is_shown: type !== 'channel',
    last_message: type === 'channel' || !message ? null : messageOf(message, people),
  }
}

function namedBy(peer: tl.TypePeer): Pick<PeerName, 'kind' | 'id'> {
  const [kind, id] = kindAndId(peer)
  return { kind, id }
}

function peerNameOf(peer: tl.TypePeer, { users, chats }: People): PeerName | null {
  const [kind, id] = kindAndId(peer)
  if (kind === 'chat') return { kind, id, accessHash: '0' }
  const found = kind === 'user' ? users.get(id) : chats.get(id)
  if (found?._ === 'user' && found.self) return { kind: 'me', id, accessHash: '0' }
  if (!found || !('accessHash' in found) || !found.accessHash) return null
  return { kind, id, accessHash: found.accessHash.toString() }
}

function typeOf(peer: tl.TypePeer, people: People): ChatType {
  const [kind, id] = kindAndId(peer)
  if (kind === 'chat') return 'group'
  if (kind === 'channel') return isBroadcast(people.chats.get(id)) ? 'channel' : 'supergroup'
  const user = people.users.get(id)
  if (user?._ !== 'user') return 'user'
  if (user.self) return 'self'
  return user.bot ? 'bot' : 'user'
}

/** Telegram's terms (3.3) ask that messages of such channels are shown only beside its sponsored ones. */
export function isBroadcast(chat: tl.TypeChat | undefined): boolean {
  return (chat?._ === 'channel' || chat?._ === 'channelForbidden') && chat.broadcast === true
}

function usernameOf(peer: tl.TypePeer, { users, chats }: People): string | null {
  const [kind, id] = kindAndId(peer)
  const found = kind === 'user' ? users.get(id) : chats.get(id)
  if (found?._ !== 'user' && found?._ !== 'channel') return null
  return found.username ?? found.usernames?.find(({ active }) => active)?.username ?? null
}
