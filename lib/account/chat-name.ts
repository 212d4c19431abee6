/** How a chat is named in our addresses: with its access hash, so that nothing about chats is stored. */
import type { PeerName } from '../mtproto/peer.ts'

/** The largest id that JavaScript holds exactly. */
const LARGEST = Number.MAX_SAFE_INTEGER

/** @returns null for what is no name of a chat */
export function readChatName(text: string): PeerName | null {
  if (text === 'me') return { kind: 'me', id: 0, accessHash: '0' }
  const [, kind, digits, accessHash = ''] = /^(user|chat|channel)\.(\d{1,16})\.(-?\d{1,19})$/.exec(text) ?? []
  const id = Number(digits)
  if (kind === undefined || !(id > 0 && id <= LARGEST)) return null
  return { kind: kind as PeerName['kind'], id, accessHash }
}

export function chatNameOf({ kind, id, accessHash }: PeerName): string {
  return kind === 'me' ? 'me' : `${kind}.${id}.${accessHash}`
}

/** The id as bots and most programs see it. */
export function markedId({ kind, id }: Pick<PeerName, 'kind' | 'id'>): string {
  if (kind === 'chat') return String(-id)
  return kind === 'channel' ? `-100${id}` : String(id)
}
