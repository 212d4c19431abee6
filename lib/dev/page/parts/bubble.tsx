/** One message. */
import { useState } from 'preact/hooks'
import type { Message, ShownChat, ShownMessage, Standing } from '../../simulator/wire.ts'
import { api, fileUrl } from '../api.ts'
import { doing, model, showUpdate, userOf } from '../model.ts'
import { Avatar } from './avatar.tsx'
import { gist, service } from './chat-list.tsx'
import { Icon, IconButton } from './icon.tsx'
import { InlineKeyboard } from './keyboards.tsx'
import { nameOf } from './people.tsx'
import { Raw } from './raw.tsx'
import { RichText } from './rich-text.tsx'
import { timeOf } from './time.ts'

interface Props {
  shown: ShownMessage
  chat: ShownChat
  isDeleted: boolean
  onReply: () => void
  onEdit: () => void
  onCommand: (text: string) => void
}

/** The check marks of a message: the state of its update. */
const TICKS: Record<Standing, [string, string]> = {
  unwanted: ['∅', 'the bot has not asked for this kind of update'],
  undelivered: ['◷', 'not delivered yet'],
  accepted: ['✓', 'accepted'],
  working: ['✓', 'being worked on'],
  waiting: ['↻', 'failed, waits for another attempt'],
  settled: ['✓✓', 'settled'],
  dead: ['⚠', 'given up on: a dead letter'],
}

const QUICK = ['👍', '❤', '🔥', '😁', '🎉', '🤔']

export function Bubble(props: Props) {
  const { shown, chat, isDeleted } = props
  const { message } = shown
  const [isOpen, open] = useState(false)
  const { me, world } = model
  const isMine = message.from?.id === me
  const isBot = message.from?.id === world?.bot.id
  const said = service(message)
  if (said !== null) {
    return (
      <div class="service" data-message={message.message_id}>
        <button type="button" onClick={() => open(!isOpen)} title="Raw update">
          {said}
        </button>
        {isOpen && <Raw shown={shown} />}
      </div>
    )
  }
  if (isDeleted) {
    return (
      <div class="service deleted" data-message={message.message_id}>
        <span>Message deleted</span>
      </div>
    )
  }
  const isGroup = chat.chat.type !== 'private'
  const updateId = shown.updateIds.at(-1)
  const standing = updateId === undefined ? undefined : model.timelines.get(updateId)?.standing
  return (
    <article
      class={`message ${isMine ? 'mine' : 'theirs'} ${isOpen ? 'unfolded' : ''}`}
      data-message={message.message_id}
      aria-label={`${nameOf(message.from)}: ${gist(message)}`}
    >
      {!isMine && isGroup && (
        <Avatar id={message.from?.id ?? 0} name={message.from?.first_name ?? '?'} isBot={isBot} />
      )}
      <div class="bubble-column">
        <div class="bubble">
          {!isMine && isGroup && (
            <p class={`author tone${Math.abs(message.from?.id ?? 0) % 7}`}>{nameOf(message.from)}</p>
          )}
          <Quote message={message} />
          <Media message={message} />
          {(message.text ?? message.caption) !== undefined && (
            <div class="text">
              <RichText
                text={message.text ?? message.caption ?? ''}
                entities={message.entities ?? message.caption_entities}
                onCommand={props.onCommand}
              />
            </div>
          )}
          <footer>
            {message.edit_date !== undefined && <span>edited</span>}
            <time>{timeOf(message.date * 1000)}</time>
            {standing !== undefined && !isBot && updateId !== undefined && (
              <button
                type="button"
                class={`ticks ${standing}`}
                title={`Update ${updateId}: ${TICKS[standing][1]}`}
                aria-label={`Update ${updateId}: ${TICKS[standing][1]}`}
                onClick={() => showUpdate(updateId)}
              >
                {TICKS[standing][0]}
              </button>
            )}
          </footer>
        </div>
        <Reactions shown={shown} chatId={chat.chat.id} />
        {message.reply_markup && (
          <InlineKeyboard
            rows={message.reply_markup.inline_keyboard}
            chatId={chat.chat.id}
            messageId={message.message_id}
          />
        )}
        <div class="tools">
          {QUICK.map((emoji) => (
            <button
              type="button"
              key={emoji}
              title={`React with ${emoji}`}
              aria-label={`React with ${emoji}`}
              onClick={() => toggle(shown, chat, emoji)}
            >
              {emoji}
            </button>
          ))}
          <IconButton icon="reply" title="Answer" onClick={props.onReply} />
          {isMine && message.text !== undefined && (
            <IconButton icon="edit" title="Edit" onClick={props.onEdit} />
          )}
          <IconButton
            icon="code"
            title="Raw update and calls"
            expanded={isOpen}
            onClick={() => open(!isOpen)}
          />
        </div>
        {isOpen && <Raw shown={shown} />}
      </div>
    </article>
  )
}

function toggle(shown: ShownMessage, { chat }: ShownChat, emoji: string): void {
  const { me } = model
  const isSet = shown.reactions.some((one) => one.emoji === emoji && one.by.includes(me))
  const { message_id: message } = shown.message
  doing(api.act({ user: me, chat: chat.id, kind: 'react', message, emoji: isSet ? [] : [emoji] }))
}

function Reactions({ shown, chatId }: { shown: ShownMessage; chatId: number }) {
  if (shown.reactions.length === 0) return null
  const chat = model.world?.chats.find((one) => one.chat.id === chatId)
  return (
    <div class="reactions">
      {shown.reactions.map(({ emoji, by }) => (
        <button
          type="button"
          key={emoji}
          class={by.includes(model.me) ? 'reaction own' : 'reaction'}
          title={by.map((id) => nameOf(userOf(id))).join(', ')}
          onClick={() => chat && toggle(shown, chat, emoji)}
        >
          {emoji} {by.length}
        </button>
      ))}
    </div>
  )
}

function Quote({ message }: { message: Message }) {
  const original = message.reply_to_message
  if (original === undefined || 'forum_topic_created' in original) return null
  const go = () =>
    document
      .querySelector(`[data-message="${original.message_id}"]`)
      ?.scrollIntoView({ behavior: 'smooth', block: 'center' })
  return (
    <button type="button" class="quote" onClick={go}>
      <b>{nameOf(original.from)}</b>
      <span>{gist(original)}</span>
    </button>
  )
}

function Media({ message }: { message: Message }) {
  const { photo, voice, document: file } = message
  const largest = photo?.at(-1)
  const contact = message['contact'] as { first_name: string; phone_number: string } | undefined
  const place = message['location'] as { latitude: number; longitude: number } | undefined
  return (
    <>
      {largest && <Photo url={fileUrl(largest.file_id)} bytes={largest.file_size} />}
      {voice && (
        <div class="voice">
          <audio
            controls
            preload="metadata"
            src={fileUrl(voice.file_id)}
            aria-label={`Voice, ${voice.duration} s`}
          />
          <small>{voice.duration} s</small>
        </div>
      )}
      {file && (
        <a class="file" href={fileUrl(file.file_id)} download={file.file_name ?? 'file'}>
          <span>
            <Icon name="down" />
          </span>
          <span>
            <b>{file.file_name ?? 'File'}</b>
            <small>
              {file.file_size.toLocaleString('en')} bytes, {file.mime_type}
            </small>
          </span>
        </a>
      )}
      {contact && (
        <p class="card">
          <Icon name="person" /> {contact.first_name}, {contact.phone_number}
        </p>
      )}
      {place && (
        <p class="card">
          <Icon name="pin" /> {place.latitude}, {place.longitude}
        </p>
      )}
    </>
  )
}

function Photo({ url, bytes }: { url: string; bytes: number }) {
  const [isBroken, breakIt] = useState(false)
  if (isBroken)
    return (
      <p class="card">
        <Icon name="photo" /> A photo of {bytes} bytes that this browser cannot show
      </p>
    )
  return <img class="photo" src={url} alt="A photo" onError={() => breakIt(true)} />
}
