/** Telegram's messages as ours: every kind becomes the same plain record, and none makes this throw. */
import type { tl } from '@mtcute/core'
import type { ChatMessage } from '../contract.ts'
import { markedId } from './chat-name.ts'

/** Who the ids of an answer belong to. */
export interface People {
  users: ReadonlyMap<number, tl.TypeUser>
  chats: ReadonlyMap<number, tl.TypeChat>
}

export function peopleOf({ users, chats }: { users: tl.TypeUser[]; chats: tl.TypeChat[] }): People {
  return {
    users: new Map(users.map((one) => [one.id, one])),
    chats: new Map(chats.map((one) => [one.id, one])),
  }
}

/** @returns null for a place where there is no message any more */
export function messageOf(message: tl.TypeMessage, people: People): ChatMessage | null {
  if (message._ === 'messageEmpty') return null
  const base = {
    id: message.id,
    at: isoOf(message.date),
    from: senderOf(message, people),
    reply_to: replyOf(message),
  }
  const none = { text: '', media: null, forwarded_from: null, edited_at: null, service: null }
  if (message._ === 'messageService')
    return { ...base, ...none, kind: 'service', service: actionOf(message.action) }
  const kind = kindOf(message.media)
  // Media with a timer are for the eyes of the app alone: their kind is told, nothing else.
  if (hasTimer(message.media)) return { ...base, ...none, kind }
  return {
    ...base,
    ...none,
    text: message.message,
    kind,
    media: mediaOf(message.media),
    forwarded_from: message.fwdFrom ? originOf(message.fwdFrom, people) : null,
    edited_at: message.editDate === undefined || message.editHide ? null : isoOf(message.editDate),
  }
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

function senderOf(
  { fromId, peerId, out }: tl.RawMessage | tl.RawMessageService,
  people: People,
): ChatMessage['from'] {
  // In private chats Telegram names no sender: it is the other one, unless the message is ours.
  const peer = fromId ?? (out ? null : peerId)
  if (!peer) return null
  const [kind, id] = kindAndId(peer)
  return { id: markedId({ kind, id }), name: nameOf(peer, people) }
}

export function kindAndId(peer: tl.TypePeer): ['user' | 'chat' | 'channel', number] {
  if (peer._ === 'peerUser') return ['user', peer.userId]
  return peer._ === 'peerChat' ? ['chat', peer.chatId] : ['channel', peer.channelId]
}

/** @returns null for who is not told, or was deleted */
export function nameOf(peer: tl.TypePeer, { users, chats }: People): string | null {
  const [kind, id] = kindAndId(peer)
  if (kind === 'user') {
    const user = users.get(id)
    return user?._ === 'user' ? [user.firstName, user.lastName].filter(Boolean).join(' ') || null : null
  }
  const chat = chats.get(id)
  return chat && 'title' in chat ? chat.title : null
}

function replyOf({ replyTo }: tl.RawMessage | tl.RawMessageService): number | null {
  return replyTo?._ === 'messageReplyHeader' ? (replyTo.replyToMsgId ?? null) : null
}

function originOf({ fromId, fromName }: tl.TypeMessageFwdHeader, people: People): string {
  return (fromId && nameOf(fromId, people)) ?? fromName ?? ''
}

/** `messageActionChatAddUser` as `chat_add_user`. */
function actionOf(action: tl.TypeMessageAction): string {
  return snake(action._.replace(/^messageAction/, ''))
}

function snake(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}

const KINDS: Partial<Record<tl.TypeMessageMedia['_'], string>> = {
  messageMediaEmpty: 'text',
  messageMediaWebPage: 'text',
  messageMediaPhoto: 'photo',
  messageMediaGeo: 'location',
  messageMediaGeoLive: 'location',
  messageMediaVenue: 'location',
  messageMediaContact: 'contact',
  messageMediaGame: 'game',
  messageMediaInvoice: 'invoice',
  messageMediaPoll: 'poll',
  messageMediaDice: 'dice',
  messageMediaStory: 'story',
  messageMediaGiveaway: 'giveaway',
  messageMediaGiveawayResults: 'giveaway',
  messageMediaPaidMedia: 'paid_media',
  messageMediaToDo: 'todo',
}

function kindOf(media: tl.TypeMessageMedia | undefined): string {
  if (!media) return 'text'
  if (media._ !== 'messageMediaDocument') return KINDS[media._] ?? 'other'
  if (media.voice) return 'voice'
  if (media.round) return 'round_video'
  const attributes = attributesOf(media)
  const has = (name: tl.TypeDocumentAttribute['_']) => attributes.some((one) => one._ === name)
  if (has('documentAttributeSticker')) return 'sticker'
  if (has('documentAttributeAnimated')) return 'animation'
  if (media.video || has('documentAttributeVideo')) return 'video'
  const audio = attributes.find((one) => one._ === 'documentAttributeAudio')
  if (audio) return audio.voice ? 'voice' : 'audio'
  return 'document'
}

function hasTimer(media: tl.TypeMessageMedia | undefined): boolean {
  return media !== undefined && 'ttlSeconds' in media && media.ttlSeconds !== undefined
}

function attributesOf({ document }: tl.RawMessageMediaDocument): tl.TypeDocumentAttribute[] {
  return document?._ === 'document' ? document.attributes : []
}

function mediaOf(media: tl.TypeMessageMedia | undefined): ChatMessage['media'] {
  const none: Media = {
    mime: null,
    bytes: null,
    duration_s: null,
    width: null,
    height: null,
    file_name: null,
  }
  if (media?._ === 'messageMediaPhoto') {
    const sizes = media.photo?._ === 'photo' ? media.photo.sizes : []
    const largest = sizes.findLast((size) => 'w' in size && 'h' in size)
    const size = largest && 'w' in largest ? { width: largest.w, height: largest.h } : {}
    return { ...none, mime: 'image/jpeg', ...size }
  }
  if (media?._ !== 'messageMediaDocument' || media.document?._ !== 'document') return null
  const { mimeType, size } = media.document
  const found = { ...none, mime: mimeType, bytes: size }
  for (const one of attributesOf(media)) {
    if ('duration' in one) found.duration_s = one.duration
    if ('w' in one) Object.assign(found, { width: one.w, height: one.h })
    if (one._ === 'documentAttributeFilename') found.file_name = one.fileName
  }
  return found
}

type Media = NonNullable<ChatMessage['media']>
