/** The methods that read, and help.getConfig. */
import type { tl } from '@mtcute/core'
import { RpcRefusal, type Account, type Cloud, type Key } from './cloud.ts'
import { LOGIN_METHODS, selfOf, type Method } from './login.ts'
import type { TlRequest } from './schema.ts'

/** What a key that is not logged in may call. */
const OPEN = new Set([...Object.keys(LOGIN_METHODS), 'help.getConfig', 'help.getNearestDc'])

const METHODS: Record<string, Method> = {
  ...LOGIN_METHODS,
  'help.getConfig': config,
  'users.getUsers': (_cloud, key) => [selfOf(accountOf(key))],
  'messages.getDialogs': (_cloud, key, request) => {
    const { dialogs } = accountOf(key)
    const listed = dialogs.dialogs.filter(
      (one) => !(request['excludePinned'] && 'pinned' in one && one.pinned),
    )
    const limit = Number(request['limit'])
    const from = request['offsetId'] === 0 ? 0 : positionOf(listed, request) + 1
    const shown = listed.slice(from, from + limit)
    const peers = new Set(shown.map(({ peer }) => keyOf(peer)))
    const messages = dialogs.messages.filter(
      (one) => 'peerId' in one && one.peerId && peers.has(keyOf(one.peerId)),
    )
    const page = { dialogs: shown, messages, chats: dialogs.chats, users: dialogs.users }
    return from === 0 && shown.length === dialogs.dialogs.length
      ? { _: 'messages.dialogs', ...page }
      : { _: 'messages.dialogsSlice', count: dialogs.dialogs.length, ...page }
  },
  'messages.getHistory': (_cloud, key, request) => {
    const { history, dialogs } = accountOf(key)
    const peer = request['peer'] as tl.TypeInputPeer
    // Everybody has a chat with themselves, if only an empty one.
    const all = history.get(inputKeyOf(key, dialogs, peer)) ?? (peer._ === 'inputPeerSelf' ? [] : null)
    if (!all) throw new RpcRefusal(400, 'PEER_ID_INVALID')
    const before = Number(request['offsetId'])
    const older = before === 0 ? all : all.filter(({ id }) => id < before)
    const messages = older.slice(0, Number(request['limit']))
    const { chats, users } = dialogs
    return {
      _: 'messages.messagesSlice',
      count: all.length,
      messages,
      topics: [],
      chats,
      users: [...users, selfOf(accountOf(key))],
    }
  },
}

/** @throws RpcRefusal */
export async function callMethod(cloud: Cloud, key: Key, request: TlRequest): Promise<object> {
  cloud.calls.push(`${key.dc} ${request._}`)
  const refusal = cloud.faults.refusals.get(request._)
  if (refusal && refusal.times > 0) {
    refusal.times--
    throw new RpcRefusal(refusal.code, refusal.text)
  }
  if (key.isRevoked) throw new RpcRefusal(401, 'SESSION_REVOKED')
  if (key.account?.isDeactivated) throw new RpcRefusal(401, 'USER_DEACTIVATED')
  if (!OPEN.has(request._) && key.pending) throw new RpcRefusal(401, 'SESSION_PASSWORD_NEEDED')
  if (!OPEN.has(request._) && !key.account) throw new RpcRefusal(401, 'AUTH_KEY_UNREGISTERED')
  const method = METHODS[request._]
  if (!method) throw new RpcRefusal(400, 'INPUT_METHOD_INVALID')
  return method(cloud, key, request)
}

function accountOf({ account }: Key): Account {
  if (!account) throw new RpcRefusal(401, 'AUTH_KEY_UNREGISTERED')
  return account
}

/** A peer as a key of `history`: `user.5`. */
export function keyOf(peer: tl.TypePeer): string {
  if (peer._ === 'peerUser') return `user.${peer.userId}`
  return peer._ === 'peerChat' ? `chat.${peer.chatId}` : `channel.${peer.channelId}`
}

/** @throws RpcRefusal for a wrong access hash */
function inputKeyOf(key: Key, { users, chats }: tl.messages.RawDialogs, peer: tl.TypeInputPeer): string {
  if (peer._ === 'inputPeerSelf') return `user.${accountOf(key).id}`
  if (peer._ === 'inputPeerChat') return `chat.${peer.chatId}`
  if (peer._ === 'inputPeerUser') {
    const user = users.find(({ id }) => id === peer.userId)
    if (!user || !('accessHash' in user) || !user.accessHash?.eq(peer.accessHash))
      throw new RpcRefusal(400, 'PEER_ID_INVALID')
    return `user.${peer.userId}`
  }
  if (peer._ !== 'inputPeerChannel') throw new RpcRefusal(400, 'PEER_ID_INVALID')
  const chat = chats.find(({ id }) => id === peer.channelId)
  if (!chat || !('accessHash' in chat) || !chat.accessHash?.eq(peer.accessHash))
    throw new RpcRefusal(400, 'CHANNEL_INVALID')
  return `channel.${peer.channelId}`
}

function positionOf(dialogs: tl.TypeDialog[], { offsetPeer }: TlRequest): number {
  const peer = offsetPeer as tl.TypeInputPeer
  const id =
    peer._ === 'inputPeerUser'
      ? `user.${peer.userId}`
      : peer._ === 'inputPeerChat'
        ? `chat.${peer.chatId}`
        : null
  const wanted = id ?? (peer._ === 'inputPeerChannel' ? `channel.${peer.channelId}` : '')
  return dialogs.findIndex((dialog) => keyOf(dialog.peer) === wanted)
}

function config(cloud: Cloud, key: Key): object {
  const now = cloud.now()
  const dcOptions = cloud.addresses.map(({ id, host, port }) => ({
    _: 'dcOption',
    id,
    ipAddress: host,
    port,
  }))
  const numbers = [
    'chatSizeMax',
    'megagroupSizeMax',
    'forwardedCountMax',
    'onlineUpdatePeriodMs',
    'offlineBlurTimeoutMs',
    'offlineIdleTimeoutMs',
    'onlineCloudTimeoutMs',
    'notifyCloudDelayMs',
    'notifyDefaultDelayMs',
    'pushChatPeriodMs',
    'pushChatLimit',
    'editTimeLimit',
    'revokeTimeLimit',
    'revokePmTimeLimit',
    'ratingEDecay',
    'stickersRecentLimit',
    'channelsReadMediaPeriod',
    'callReceiveTimeoutMs',
    'callRingTimeoutMs',
    'callConnectTimeoutMs',
    'callPacketTimeoutMs',
    'captionLengthMax',
    'messageLengthMax',
    'webfileDcId',
  ]
  return {
    _: 'config',
    date: now,
    expires: now + 3600,
    testMode: false,
    thisDc: key.dc,
    dcOptions,
    dcTxtDomainName: '',
    meUrlPrefix: '',
    ...Object.fromEntries(numbers.map((name) => [name, 1])),
  }
}
