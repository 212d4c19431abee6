import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Message, ShownChat, ShownMessage } from '../../simulator/wire.ts'
import { api } from '../api.ts'
import { answerTo, edit } from '../draft.ts'
import { alterDraft, placeOf } from '../drafts.ts'
import { openChat } from '../feed.ts'
import { change, chatOf, doing, tell, useModel } from '../model.ts'
import { Avatar } from './avatar.tsx'
import { Bubble } from './bubble.tsx'
import { titleOf } from './chat-list.tsx'
import { Composer } from './composer.tsx'
import { IconButton } from './icon.tsx'

export function Conversation() {
  const { chat: open, thread, messages, me, actions, deleted } = useModel()
  const shown = chatOf(open)
  if (shown === undefined || open === null) {
    return (
      <main class="conversation empty">
        <p>Choose a chat.</p>
      </main>
    )
  }
  const list = (messages.get(open) ?? []).filter(({ message }) => isIn(shown, thread, message))
  const action = actions.get(open)
  const isTyping = action !== undefined && action.until > Date.now()
  const place = placeOf(me, open, thread)
  const command = (text: string) => doing(api.act({ ...place, kind: 'text', text }))
  return (
    <main class="conversation" aria-label={titleOf(shown)}>
      <Head shown={shown} doing={isTyping ? `${action.action.replaceAll('_', ' ')}…` : null} />
      {shown.chat.is_forum && <Topics shown={shown} />}
      <Messages key={`${open}/${thread}`} count={list.length} last={list.at(-1)}>
        {list.map((one) => (
          <Bubble
            key={one.message.message_id}
            shown={one}
            chat={shown}
            isDeleted={deleted.has(`${open}/${one.message.message_id}`)}
            onReply={() => alterDraft(place, (draft) => answerTo(draft, one.message))}
            onEdit={() => alterDraft(place, (draft) => edit(draft, one.message))}
            onCommand={command}
          />
        ))}
      </Messages>
      <Composer key={`${open}/${thread}/${me}`} chat={shown} place={place} />
    </main>
  )
}

/** True for a message in the open topic; null is General. */
function isIn({ chat }: ShownChat, thread: number | null, message: Message): boolean {
  if (chat.is_forum !== true) return true
  return (message.is_topic_message ? (message.message_thread_id ?? null) : null) === thread
}

function Head({ shown, doing: busy }: { shown: ShownChat; doing: string | null }) {
  const { me, faults } = useModel()
  const { chat, members, blocked } = shown
  const kind = chat.type === 'private' ? 'bot' : `${members.length} members and the bot`
  const turn = () => doing(api.act({ user: me, chat: chat.id, kind: blocked ? 'unblock' : 'block' }))
  return (
    <header class="conversation-head">
      <IconButton icon="back" class="for-narrow" title="All chats" onClick={() => doing(openChat(null))} />
      <Avatar id={chat.id} name={titleOf(shown)} isBot={chat.type === 'private'} />
      <div>
        <h2>{titleOf(shown)}</h2>
        <p class={busy === null ? '' : 'busy'}>{busy ?? kind}</p>
      </div>
      {chat.type === 'private' ? (
        <button type="button" class="quiet" onClick={turn}>
          {blocked ? 'Unblock the bot' : 'Block'}
        </button>
      ) : (
        <MemberMenu shown={shown} />
      )}
      <IconButton
        icon="pulse"
        class="inspector-button"
        title="Timeline, faults and log"
        marked={faults.length > 0}
        onClick={() => change((now) => (now.isInspectorOpen = !now.isInspectorOpen))}
      />
    </header>
  )
}

/** The menu to add a member or to leave. */
function MemberMenu({ shown }: { shown: ShownChat }) {
  const { world, me } = useModel()
  const others = world?.users.filter(({ id }) => !shown.members.includes(id)) ?? []
  const run = (value: string) => {
    const user = Number(value)
    const kind = user === me ? 'leave' : 'join'
    const after = () => (kind === 'leave' ? openChat(me) : undefined)
    doing(api.act({ user, chat: shown.chat.id, kind }).then(after))
  }
  return (
    <select
      class="quiet"
      aria-label="Members"
      value=""
      onChange={(event) => {
        run(event.currentTarget.value)
        event.currentTarget.value = ''
      }}
    >
      <option value="" disabled>
        Members
      </option>
      {others.map(({ id, first_name: name }) => (
        <option key={id} value={id}>
          {name} joins
        </option>
      ))}
      <option value={me}>Leave</option>
    </select>
  )
}

function Topics({ shown }: { shown: ShownChat }) {
  const { me, thread } = useModel()
  const [name, setName] = useState<string | null>(null)
  const { id } = shown.chat
  const create = async () => {
    if (name === null || name.trim() === '') return tell('A topic needs a name', 'problem')
    const made = await api.addTopic(me, id, name.trim())
    setName(null)
    await openChat(id, made.thread)
  }
  return (
    <div class="topics">
      <div class="topics" role="tablist" aria-label="Topics">
        {[{ thread: null, name: 'General' }, ...shown.topics].map((topic) => (
          <button
            type="button"
            role="tab"
            key={topic.thread}
            aria-selected={topic.thread === thread}
            onClick={() => doing(openChat(id, topic.thread))}
          >
            # {topic.name}
          </button>
        ))}
      </div>
      {name === null ? (
        <button type="button" aria-label="New topic" title="New topic" onClick={() => setName('')}>
          +
        </button>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            doing(create())
          }}
        >
          <input
            autoFocus
            placeholder="Name of the topic"
            aria-label="Name of the topic"
            maxLength={128}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            onKeyDown={({ key }) => key === 'Escape' && setName(null)}
          />
        </form>
      )}
    </div>
  )
}

/** The messages. Scrolls with new ones while the user is at the end, and stays if the user has scrolled up. */
function Messages(props: {
  count: number
  last: ShownMessage | undefined
  children: preact.ComponentChildren
}) {
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useLayoutEffect(() => {
    const { current } = box
    if (current && isAtEnd.current) current.scrollTop = current.scrollHeight
  })
  const onScroll = () => {
    const { current } = box
    if (current) isAtEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 80
  }
  return (
    <div class="messages" ref={box} onScroll={onScroll} role="log" aria-label="Messages" tabIndex={0}>
      {props.count === 0 ? (
        <p class="hint">Nothing here yet. Send “/start”, or type “/” for the commands of the bot.</p>
      ) : (
        props.children
      )}
    </div>
  )
}
