/** Chats as Telegram wants them named. */
import { Long, type tl } from '@mtcute/core'

export interface PeerName {
  kind: 'me' | 'user' | 'chat' | 'channel'
  id: number
  /** Digits, with a minus where the number is negative. */
  accessHash: string
}

export function inputPeerOf({ kind, id, accessHash }: PeerName): tl.TypeInputPeer {
  if (kind === 'me') return { _: 'inputPeerSelf' }
  if (kind === 'chat') return { _: 'inputPeerChat', chatId: id }
  const hash = Long.fromString(accessHash)
  return kind === 'user'
    ? { _: 'inputPeerUser', userId: id, accessHash: hash }
    : { _: 'inputPeerChannel', channelId: id, accessHash: hash }
}

/** For the parameters named `hash`, which would let Telegram answer "not modified". */
export const NO_HASH = Long.ZERO
