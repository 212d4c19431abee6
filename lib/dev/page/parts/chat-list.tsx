import { useState } from 'preact/hooks'
import type { Message, ShownChat } from '../../simulator/wire.ts'
import { api, type NewChat } from '../api.ts'
import { useWritten } from '../drafts.ts'
import { openChat } from '../feed.ts'
import { doing, useModel, userOf } from '../model.ts'
import { Avatar } from './avatar.tsx'
import { FormModal } from './modal.tsx'
import { nameOf } from './people.tsx'
import { timeOf } from './time.ts'

export const titleOf = ({ chat }: ShownChat): string =>
  chat.type === 'private' ? 'Evergram' : (chat.title ?? String(chat.id))

/** A message in a few words. */
export function gist(message: Message | null): string {
  if (message === null) return ''
  const { text, caption, photo, voice, document } = message
  if (text !== undefined) return text
  if (photo !== undefined) return `Photo${caption === undefined ? '' : `: ${caption}`}`
  if (voice !== undefined) return `Voice, ${voice.duration} s`
  if (document !== undefined) return `File: ${document.file_name ?? ''}`
  return service(message) ?? 'Message'
}

/** The text of a service message; null for other messages. */
export function service(message: Message): string | null {
  const topic = message['forum_topic_created'] as { name: string } | undefined
  if (topic) return `${nameOf(message.from)} opened the topic “${topic.name}”`
  const joined = message['new_chat_members'] as { first_name: string }[] | undefined
  if (joined) return `${joined.map(({ first_name: name }) => name).join(', ')} joined`
  const left = message['left_chat_member'] as { first_name: string } | undefined
  if (left) return `${left.first_name} left`
  if (message.migrate_to_chat_id !== undefined) return 'The group became a supergroup'
  if (message.migrate_from_chat_id !== undefined) return 'This supergroup was a group'
  return null
}

export function ChatList() {
  const { world, me, chat: open, unread } = useModel()
  const written = useWritten()
  const [isAdding, add] = useState(false)
  const mine = (world?.chats ?? [])
    .filter(({ chat, members }) => members.includes(me) && (chat.type !== 'private' || chat.id === me))
    .sort((a, b) => (b.last?.message_id ?? 0) - (a.last?.message_id ?? 0))
  return (
    <nav class="chats" aria-label="Chats">
      {mine.map((shown) => {
        const { chat, last, topics } = shown
        const author = last?.from && chat.type !== 'private' ? `${last.from.first_name}: ` : ''
        const count = unread.get(chat.id) ?? 0
        const draft = chat.id === open ? '' : written(me, chat.id)
        return (
          <button
            type="button"
            key={chat.id}
            class={chat.id === open ? 'chat-row open' : 'chat-row'}
            aria-current={chat.id === open ? 'true' : undefined}
            onClick={() => doing(openChat(chat.id))}
          >
            <Avatar id={chat.id} name={titleOf(shown)} isBot={chat.type === 'private'} />
            <span class="chat-row-text">
              <b>
                {chat.type === 'private' ? '' : chat.is_forum ? '# ' : ''}
                {titleOf(shown)}
              </b>
              <span>
                {draft !== '' ? (
                  <>
                    <em>Draft:</em> {draft}
                  </>
                ) : last !== null ? (
                  `${service(last) === null ? author : ''}${gist(last)}`
                ) : chat.type === 'private' ? (
                  'bot'
                ) : chat.is_forum ? (
                  `${topics.length} topics`
                ) : (
                  chat.type
                )}
              </span>
            </span>
            <span class="chat-row-side">
              <time>{last === null ? '' : timeOf(last.date * 1000)}</time>
              {count > 0 && <i class="badge">{count}</i>}
            </span>
          </button>
        )
      })}
      <button type="button" class="quiet" onClick={() => add(true)}>
        + New group
      </button>
      {isAdding && <NewGroup onClose={() => add(false)} />}
    </nav>
  )
}

const KINDS: [NewChat['kind'], string][] = [
  ['group', 'Group'],
  ['supergroup', 'Supergroup'],
  ['forum', 'Supergroup with topics'],
]

function NewGroup({ onClose }: { onClose: () => void }) {
  const { world, me } = useModel()
  const [title, setTitle] = useState('')
  const [kind, setKind] = useState<NewChat['kind']>('group')
  const [topics, setTopics] = useState('')
  const [members, setMembers] = useState([me])
  const create = async () => {
    const names = topics.split(',').map((name) => name.trim())
    const chosen = kind === 'forum' ? names.filter((name) => name !== '') : []
    const chat = await api.addChat({ title, kind, members, topics: chosen })
    onClose()
    await openChat(chat.id)
  }
  return (
    <FormModal title="New group" yes="Create" onSubmit={() => doing(create())} onClose={onClose}>
      <label>
        Title
        <input required maxLength={128} value={title} onInput={(e) => setTitle(e.currentTarget.value)} />
      </label>
      <fieldset>
        <legend>Kind</legend>
        {KINDS.map(([value, name]) => (
          <label class="choice" key={value}>
            <input type="radio" name="kind" checked={kind === value} onChange={() => setKind(value)} /> {name}
          </label>
        ))}
      </fieldset>
      {kind === 'forum' && (
        <label>
          Topics, parted by commas
          <input value={topics} onInput={(e) => setTopics(e.currentTarget.value)} />
        </label>
      )}
      <fieldset>
        <legend>Members, beside the bot</legend>
        {world?.users.map(({ id }) => (
          <label class="choice" key={id}>
            <input
              type="checkbox"
              checked={members.includes(id)}
              onChange={() =>
                setMembers(members.includes(id) ? members.filter((one) => one !== id) : [...members, id])
              }
            />{' '}
            {nameOf(userOf(id))}
          </label>
        ))}
      </fieldset>
    </FormModal>
  )
}
