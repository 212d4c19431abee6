import type { Chat } from '../../../contract.ts'
import { calls } from '../../http/calls.ts'
import { usePages } from '../../state/pages.ts'
import { useAccountWords } from '../../text/account/words.ts'
import { useLanguage } from '../../text/language.tsx'
import { pick } from '../../text/word.ts'
import { Action } from '../action.tsx'
import { useTrouble } from './trouble-text.ts'

interface ChatListProps {
  onOpen: (chat: Chat) => void
  onFailed: (code: string) => void
}

/** The account's chats, a page at a time. A channel is listed, not opened. */
export function ChatList({ onOpen, onFailed }: ChatListProps) {
  const { text, format } = useLanguage()
  const troubleText = useTrouble()
  const words = useAccountWords()
  const { items, failure, next, more } = usePages(
    'chats',
    async (cursor: string | null) => calls.accountChats(cursor),
    ({ chats, cursor }) => ({ items: chats, next: cursor }),
    onFailed,
  )
  return (
    <section>
      <h2>{words.chats}</h2>
      {items === null && !failure && <p class="loading">{text.loading}</p>}
      {items?.length === 0 && <p class="empty">{words.noChats}</p>}
      {items && items.length > 0 && (
        <ul class="chat-list">
          {items.map((chat) => (
            <li key={chat.chat}>
              <ChatRow chat={chat} onOpen={onOpen} time={(at) => format.moment(at)} />
            </li>
          ))}
        </ul>
      )}
      <p class="trouble-line" role="alert">
        {failure && troubleText(failure)}
      </p>
      {(next !== null || failure) && (
        <Action onAct={more}>{failure ? text.tryAgain : words.moreChats}</Action>
      )}
    </section>
  )
}

interface ChatRowProps {
  chat: Chat
  onOpen: (chat: Chat) => void
  time: (at: string) => string
}

function ChatRow({ chat, onOpen, time }: ChatRowProps) {
  const words = useAccountWords()
  const { last_message: last, type, unread } = chat
  const title = chat.title ?? (type === 'self' ? words.types.self : words.deleted)
  const marks = [
    words.types[type],
    ...(unread > 0 ? [words.unread(unread)] : []),
    ...(chat.is_pinned ? [words.pinned] : []),
    ...(chat.is_muted ? [words.muted] : []),
  ]
  return (
    <div class="chat-row">
      <div>
        <h3 dir="auto">{title}</h3>
        <p class="intro">{marks.join(' · ')}</p>
        {!chat.is_shown && <p class="intro">{words.notShown}</p>}
        {last && (
          <p class="chat-last" dir="auto">
            {last.text || (pick(words.kinds, last.kind) ?? words.kinds.other)}{' '}
            <time dateTime={last.at}>{time(last.at)}</time>
          </p>
        )}
      </div>
      {chat.is_shown && (
        <button type="button" class="button small" onClick={() => onOpen({ ...chat, title })}>
          {words.open(title)}
        </button>
      )}
    </div>
  )
}
