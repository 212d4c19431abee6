/** A text with its entities, as elements. Never inserts text as HTML. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { MessageEntity } from '../../simulator/wire.ts'

interface Props {
  text: string
  entities: readonly MessageEntity[] | undefined
  /** Called for a click on a command in the text. */
  onCommand: (command: string) => void
}

export function RichText({ text, entities = [], onCommand }: Props) {
  return <>{renderRange(text, 0, text.length, sorted(entities), onCommand)}</>
}

/** Sorts outer entities before inner ones. */
const sorted = (entities: readonly MessageEntity[]): MessageEntity[] =>
  [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)

function renderRange(
  text: string,
  from: number,
  to: number,
  entities: MessageEntity[],
  onCommand: Props['onCommand'],
): ComponentChildren[] {
  const parts: ComponentChildren[] = []
  let at = from
  let rest = entities
  while (rest.length > 0) {
    const [first, ...others] = rest
    if (first === undefined || first.offset >= to) break
    rest = others
    const start = Math.max(first.offset, at)
    const end = Math.min(first.offset + first.length, to)
    if (end <= start) continue
    if (start > at) parts.push(text.slice(at, start))
    const inner = rest.filter(({ offset }) => offset < end)
    rest = rest.filter(({ offset }) => offset >= end)
    const children = renderRange(text, start, end, inner, onCommand)
    parts.push(
      <Entity entity={first} text={text.slice(start, end)} onCommand={onCommand}>
        {children}
      </Entity>,
    )
    at = end
  }
  if (at < to) parts.push(text.slice(at, to))
  return parts
}

/** A link in the bot's text. Only web and mail addresses become links. */
function Link({ url, children }: { url: string; children: ComponentChildren }) {
  if (!/^(https?|mailto|tel|tg):/i.test(url)) return <span class="link">{children}</span>
  return (
    <a href={url} target="_blank" rel="noreferrer noopener" title={url}>
      {children}
    </a>
  )
}

function Entity(props: {
  entity: MessageEntity
  text: string
  onCommand: Props['onCommand']
  children: ComponentChildren
}) {
  const { entity, text, onCommand, children } = props
  switch (entity.type) {
    case 'bold':
      return <strong>{children}</strong>
    case 'italic':
      return <em>{children}</em>
    case 'underline':
      return <u>{children}</u>
    case 'strikethrough':
      return <s>{children}</s>
    case 'code':
      return <code>{children}</code>
    case 'pre':
      return <pre>{children}</pre>
    case 'blockquote':
    case 'expandable_blockquote':
      return <blockquote>{children}</blockquote>
    case 'spoiler':
      return <Spoiler>{children}</Spoiler>
    case 'text_link':
      return <Link url={entity.url ?? ''}>{children}</Link>
    case 'url':
      return <Link url={text}>{children}</Link>
    case 'bot_command':
      return (
        <button type="button" class="in-text" onClick={() => onCommand(text)}>
          {children}
        </button>
      )
    case 'mention':
    case 'text_mention':
    case 'hashtag':
    case 'cashtag':
      return <span class="link">{children}</span>
    default:
      return <>{children}</>
  }
}

function Spoiler({ children }: { children: ComponentChildren }) {
  const [isShown, show] = useState(false)
  return (
    <span
      class={isShown ? 'spoiler shown' : 'spoiler'}
      role="button"
      tabIndex={0}
      aria-label={isShown ? undefined : 'Hidden text, press to show'}
      onClick={() => show(true)}
      onKeyDown={({ key }) => key === 'Enter' && show(true)}
    >
      {children}
    </span>
  )
}
