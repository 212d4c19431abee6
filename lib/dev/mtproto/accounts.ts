/** Accounts of the test server, with a chat of each kind. */
import { Long, type tl } from '@mtcute/core'
import type { Account } from './cloud.ts'
import { keyOf } from './methods.ts'

const DATE = 1_790_000_000
const NO_SETTINGS: tl.RawPeerNotifySettings = { _: 'peerNotifySettings' }
const NO_PHOTO: tl.RawChatPhotoEmpty = { _: 'chatPhotoEmpty' }
/** Secret of a test: no log, error or health answer may hold it. */
export const CANARY_TEXT = 'canary text of a private message'

const bob: tl.RawUser = {
  _: 'user',
  id: 5001,
  accessHash: Long.fromString('7000000000000000001'),
  firstName: 'Bob',
  lastName: 'Bobson',
  username: 'bob',
}
const news: tl.RawUser = {
  _: 'user',
  id: 5002,
  accessHash: Long.fromString('-7000000000000000002'),
  firstName: 'Helper',
  bot: true,
  botInfoVersion: 1,
  username: 'helper_bot',
}
const gone: tl.RawUser = { _: 'user', id: 5003, accessHash: Long.fromString('3'), deleted: true }
const group: tl.RawChat = {
  _: 'chat',
  id: 6001,
  title: 'Family',
  photo: NO_PHOTO,
  participantsCount: 3,
  date: DATE,
  version: 1,
}
const mega: tl.RawChannel = {
  _: 'channel',
  id: 7001,
  accessHash: Long.fromString('8000000000000000001'),
  title: 'Developers',
  photo: NO_PHOTO,
  date: DATE,
  megagroup: true,
  username: 'developers',
}
const channel: tl.RawChannel = {
  _: 'channel',
  id: 7002,
  accessHash: Long.fromString('8000000000000000002'),
  title: 'Daily news',
  photo: NO_PHOTO,
  date: DATE,
  broadcast: true,
}

/** An account; what is not given is made up from its number. */
export function accountOf(number: number, given: Partial<Account>): Account {
  const messages = [...messagesOf('user', bob.id, 130), ...special(), ...messagesOf('user', news.id, 3)]
  messages.push(
    ...messagesOf('user', gone.id, 1),
    ...messagesOf('chat', group.id, 4),
    ...messagesOf('channel', mega.id, 2),
  )
  messages.push(...messagesOf('channel', channel.id, 2))
  const history = new Map<string, tl.TypeMessage[]>()
  for (const message of messages.sort((a, b) => b.id - a.id)) {
    const key = keyOf((message as tl.RawMessage).peerId)
    history.set(key, [...(history.get(key) ?? []), message])
  }
  const peers: [tl.TypePeer, Partial<tl.RawDialog>][] = [
    [
      { _: 'peerUser', userId: bob.id },
      { pinned: true, unreadCount: 2 },
    ],
    [{ _: 'peerChat', chatId: group.id }, { notifySettings: { ...NO_SETTINGS, muteUntil: 2_147_483_647 } }],
    [{ _: 'peerChannel', channelId: mega.id }, {}],
    [{ _: 'peerChannel', channelId: channel.id }, {}],
    [{ _: 'peerUser', userId: news.id }, {}],
    [{ _: 'peerUser', userId: gone.id }, {}],
  ]
  const dialogs = peers.map(([peer, more]): tl.RawDialog => {
    const topMessage = history.get(keyOf(peer))?.[0]?.id ?? 0
    const counts = {
      readInboxMaxId: 0,
      readOutboxMaxId: 0,
      unreadCount: 0,
      unreadMentionsCount: 0,
      unreadReactionsCount: 0,
      unreadPollVotesCount: 0,
    }
    return { _: 'dialog', peer, topMessage, notifySettings: NO_SETTINGS, ...counts, ...more }
  })
  const tops = [...history.values()].flatMap(([first]) => first ?? [])
  return {
    id: 1001 + number,
    phone: `+4479460${String(10_000 + number)}`,
    firstName: 'Ada',
    username: 'ada',
    isPremium: false,
    password: null,
    hint: 'the usual',
    home: 2,
    isDeactivated: false,
    dialogs: {
      _: 'messages.dialogs',
      dialogs,
      messages: tops,
      chats: [group, mega, channel],
      users: [bob, news, gone],
    },
    history,
    ...given,
  }
}

function messagesOf(kind: 'user' | 'chat' | 'channel', id: number, count: number): tl.RawMessage[] {
  const peerId = peerOf(kind, id)
  return Array.from({ length: count }, (_, index) => ({
    _: 'message',
    id: index + 1 + (kind === 'channel' ? 0 : id),
    peerId,
    ...(kind !== 'channel' && { fromId: { _: 'peerUser', userId: bob.id } as const }),
    date: DATE + index * 60,
    message: `${CANARY_TEXT} ${index + 1}`,
  }))
}

function peerOf(kind: 'user' | 'chat' | 'channel', id: number): tl.TypePeer {
  if (kind === 'user') return { _: 'peerUser', userId: id }
  return kind === 'chat' ? { _: 'peerChat', chatId: id } : { _: 'peerChannel', channelId: id }
}

/** Messages with something to them, the newest of Bob's chat. */
function special(): tl.TypeMessage[] {
  const at = (id: number, more: Partial<tl.RawMessage>): tl.RawMessage => ({
    _: 'message',
    id: 5001 + 200 + id,
    peerId: peerOf('user', bob.id),
    date: DATE + 10_000 + id,
    message: '',
    ...more,
  })
  return [
    at(1, { message: 'a picture that vanishes', media: { _: 'messageMediaPhoto', ttlSeconds: 10 } }),
    at(2, { message: 'forwarded', fwdFrom: { _: 'messageFwdHeader', date: DATE, fromName: 'Somebody' } }),
    at(3, {
      message: 'an answer',
      replyTo: { _: 'messageReplyHeader', replyToMsgId: 5001 + 202 },
      editDate: DATE + 20_000,
    }),
    at(4, { out: true, message: 'mine', fromId: { _: 'peerUser', userId: 1001 } }),
    {
      _: 'messageService',
      id: 5001 + 206,
      peerId: peerOf('user', bob.id),
      date: DATE + 10_006,
      action: { _: 'messageActionContactSignUp' },
    },
  ]
}
