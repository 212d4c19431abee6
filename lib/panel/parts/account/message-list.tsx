import { useEffect, useRef } from 'preact/hooks'
import type { Chat, ChatMessage } from '../../../contract.ts'
import { calls } from '../../http/calls.ts'
import { usePages } from '../../state/pages.ts'
import { useAccountWords } from '../../text/account/words.ts'
import { useLanguage } from '../../text/language.tsx'
import { pick } from '../../text/word.ts'
import { Action } from '../action.tsx'
import { useTrouble } from './trouble-text.ts'

interface MessageListProps {
  chat: Chat
  title: string
  onBack: () => void
  onFailed: (code: string) => void
}

/** The messages of one chat, newest first. */
export function MessageList({ chat, title, onBack, onFailed }: MessageListProps) {
  const { text } = useLanguage()
  const troubleText = useTrouble()
  const words = useAccountWords()
  const heading = useRef<HTMLHeadingElement>(null)
  const { items, failure, next, more } = usePages(
    chat.chat,
    async (before: number | null) => calls.accountMessages(chat.chat, before),
    ({ messages, before }) => ({ items: messages, next: before }),
    onFailed,
  )
  useEffect(() => heading.current?.focus(), [])
  return (
    <section>
      <button type="button" class="plain-button" onClick={onBack}>
        {words.back}
      </button>
      <h2 ref={heading} tabIndex={-1}>
        {words.messages(title)}
      </h2>
      {items === null && !failure && <p class="loading">{text.loading}</p>}
      {items?.length === 0 && <p class="empty">{words.noMessages}</p>}
      {items && items.length > 0 && (
        <ol class="message-list">
          {items.map((message) => (
            <li key={message.id}>
              <Message message={message} />
            </li>
          ))}
        </ol>
      )}
      <p class="trouble-line" role="alert">
        {failure && troubleText(failure)}
      </p>
      {(next !== null || failure) && <Action onAct={more}>{failure ? text.tryAgain : words.older}</Action>}
    </section>
  )
}

function Message({ message }: { message: ChatMessage }) {
  const { format } = useLanguage()
  const words = useAccountWords()
  return (
    <article class="message">
      <p class="message-head">
        <strong>{message.from ? (message.from.name ?? words.deleted) : words.me}</strong>{' '}
        <time dateTime={message.at}>{format.moment(message.at)}</time>
        {message.edited_at && <span> · {words.edited}</span>}
      </p>
      {message.forwarded_from !== null && <p class="intro">{words.forwarded(message.forwarded_from)}</p>}
      <MessageBody message={message} />
    </article>
  )
}

/** The text, or what there is instead. */
export function MessageBody({ message }: { message: ChatMessage }) {
  const { kinds } = useAccountWords()
  const { kind, text, service, media } = message
  const word = kind === 'text' ? null : (pick(kinds, kind) ?? kinds.other)
  return (
    <>
      {word && (
        <p class="message-kind">
          {word}
          {service && <code> {service}</code>}
          {media?.file_name && <span> {media.file_name}</span>}
        </p>
      )}
      {text && (
        <p class="message-text" dir="auto">
          {text}
        </p>
      )}
    </>
  )
}
