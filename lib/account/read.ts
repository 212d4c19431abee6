/** Reading: the operator's own record, the chats, the messages of one. Nothing is marked as read, nothing is stored. */
import type { tl } from '@mtcute/core'
import type { AccountUser, ChatMessages, Chats } from '../contract.ts'
import { HttpError, MtprotoRefused } from '../errors.ts'
import type { Telegram } from '../mtproto/client.ts'
import type { PeerName } from '../mtproto/peer.ts'
import { callAccount, type AccountDeps, type Plan, type Taken } from './call.ts'
import { chatsOf, isBroadcast, type Cursor } from './chats.ts'
import { messageOf, peopleOf } from './message.ts'
import { userOf } from './user.ts'

/** @throws HttpError */
export function readUser(deps: AccountDeps, operator: string): Promise<AccountUser> {
  return read(deps, operator, 'user', 'users.getUsers', async (telegram, taken) => {
    const [self] = await telegram.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] })
    if (!self) throw new MtprotoRefused('users.getUsers', 401, 'AUTH_KEY_UNREGISTERED')
    const user = userOf(self)
    const { session } = taken
    const isChanged = session?.kind === 'connected' && JSON.stringify(session.user) !== JSON.stringify(user)
    return isChanged
      ? { answer: user, connect: { kind: 'connected', user, sinceMs: session.sinceMs } }
      : { answer: user }
  })
}

/** @throws HttpError */
export function readChats(
  deps: AccountDeps,
  operator: string,
  { limit, cursor }: { limit: number; cursor: Cursor | null },
): Promise<Chats> {
  return read(deps, operator, 'chats', 'messages.getDialogs', async (telegram, { nowMs }) => {
    const { inputPeerOf, NO_HASH } = await import('../mtproto/peer.ts')
    const answer = await telegram.call({
      _: 'messages.getDialogs',
      excludePinned: cursor !== null,
      offsetDate: cursor?.date ?? 0,
      offsetId: cursor?.messageId ?? 0,
      offsetPeer: cursor?.peer ? inputPeerOf(cursor.peer) : { _: 'inputPeerEmpty' },
      limit,
      hash: NO_HASH,
    })
    return { answer: chatsOf(answer, nowMs) }
  })
}

/** @throws HttpError 404 no_such_chat, 409 channel_not_shown */
export function readMessages(
  deps: AccountDeps,
  operator: string,
  { peer, limit, before }: { peer: PeerName; limit: number; before: number },
): Promise<ChatMessages> {
  return read(deps, operator, 'messages', 'messages.getHistory', async (telegram) => {
    const { inputPeerOf, NO_HASH } = await import('../mtproto/peer.ts')
    const answer = await telegram.call({
      _: 'messages.getHistory',
      peer: inputPeerOf(peer),
      offsetId: before,
      offsetDate: 0,
      addOffset: 0,
      limit,
      maxId: 0,
      minId: 0,
      hash: NO_HASH,
    })
    if (answer._ === 'messages.messagesNotModified') return { answer: { messages: [], before: null } }
    if (peer.kind === 'channel' && answer.chats.some((chat) => chat.id === peer.id && isBroadcast(chat))) {
      throw notShown()
    }
    return { answer: pageOf(answer, limit) }
  })
}

type Page = Exclude<tl.messages.TypeMessages, tl.messages.RawMessagesNotModified>

function pageOf(answer: Page, limit: number): ChatMessages {
  const people = peopleOf(answer)
  const messages = answer.messages.flatMap((message) => messageOf(message, people) ?? [])
  const isMore = answer._ !== 'messages.messages' && answer.messages.length >= limit
  return { messages, before: isMore ? (answer.messages.at(-1)?.id ?? null) : null }
}

function notShown(): HttpError {
  const message =
    'Messages of a channel may be shown only beside Telegram’s sponsored ones, which this page has not'
  return new HttpError(409, 'channel_not_shown', message)
}

function read<Answer>(
  deps: AccountDeps,
  operator: string,
  route: string,
  method: string,
  ask: (telegram: Telegram, taken: Taken) => ReturnType<Plan<Answer>['ask']>,
): Promise<Answer> {
  return callAccount<Answer>(deps, operator, {
    route,
    rule: 'read',
    methods: [method],
    before({ session, login }) {
      if (session?.kind === 'connected') return { session: session.session }
      if (login) throw new HttpError(409, 'login_in_progress', 'The login is not finished')
      throw new HttpError(409, 'not_connected', 'No Telegram account is connected')
    },
    ask,
  })
}
