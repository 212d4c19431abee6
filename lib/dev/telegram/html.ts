import { badRequest } from './errors.ts'
import type { MessageEntity } from './types.ts'

export interface Formatted {
  text: string
  entities: MessageEntity[]
}

const ENTITY_OF_TAG: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  a: 'text_link',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  'tg-emoji': 'custom_emoji',
}

interface OpenTag {
  name: string
  attributes: Map<string, string>
  at: number
}

/**
 * Parses `parse_mode: HTML` like the Bot API.
 * @throws {ApiError} 400 `can't parse entities: …` with the byte offset of the fault.
 */
export function parseHtml(source: string): Formatted {
  let text = ''
  const entities: MessageEntity[] = []
  const open: OpenTag[] = []
  const fail = (what: string, index?: number): Error =>
    badRequest(`can't parse entities: ${what}${index === undefined ? '' : ` at byte offset ${bytes(index)}`}`)
  const bytes = (index: number): number => Buffer.byteLength(source.slice(0, index))

  for (let index = 0; index < source.length;) {
    const character = source.charAt(index)
    if (character === '&') {
      const [decoded, length] = decodeReference(source, index)
      text += decoded
      index += length
    } else if (character !== '<') {
      text += character
      index += 1
    } else {
      const end = source.indexOf('>', index)
      const inner = source.slice(index + 1, end === -1 ? undefined : end)
      if (inner.startsWith('/')) {
        const tag = open.pop()
        if (tag === undefined) throw fail('Unexpected end tag', index)
        if (end === -1) throw fail('Unclosed end tag', index)
        const name = inner.slice(1).trim().toLowerCase()
        if (name !== '' && name !== tag.name) {
          throw fail(
            `Unmatched end tag at byte offset ${bytes(index)}, expected "</${tag.name}>", found "</${name}>"`,
          )
        }
        addEntity(entities, tag, text)
      } else {
        const name = /^[^\s>/]*/.exec(inner)?.[0].toLowerCase() ?? ''
        if (!(name in ENTITY_OF_TAG)) throw fail(`Unsupported start tag "${name}"`, index)
        if (end === -1) throw fail('Unclosed start tag', index)
        const attributes = readAttributes(inner.slice(name.length))
        if (name === 'span' && attributes.get('class') !== 'tg-spoiler') {
          throw fail('Tag "span" must have class "tg-spoiler"', index)
        }
        open.push({ name, attributes, at: text.length })
      }
      index = end + 1
    }
  }
  const left = open.pop()
  if (left !== undefined) throw fail(`Can't find end tag corresponding to start tag "${left.name}"`)
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) }
}

const REFERENCES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }

function decodeReference(source: string, index: number): [string, number] {
  const [whole, name = ''] = /^&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);?/i.exec(
    source.slice(index, index + 12),
  ) ?? ['&']
  const named = REFERENCES[name]
  if (named !== undefined) return [named, whole.length]
  if (!name.startsWith('#')) return ['&', 1]
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return code > 0 && code <= 0x10ffff ? [String.fromCodePoint(code), whole.length] : ['&', 1]
}

function readAttributes(source: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const match of source.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+)))?/g)) {
    const value = match[2] ?? match[3] ?? match[4] ?? ''
    attributes.set((match[1] ?? '').toLowerCase(), value.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
  }
  return attributes
}

function addEntity(entities: MessageEntity[], tag: OpenTag, text: string): void {
  const length = text.length - tag.at
  if (length === 0) return
  const entity: MessageEntity = { type: ENTITY_OF_TAG[tag.name] ?? 'bold', offset: tag.at, length }
  if (tag.name === 'blockquote' && tag.attributes.has('expandable')) entity.type = 'expandable_blockquote'
  if (tag.name === 'tg-emoji') entity.custom_emoji_id = tag.attributes.get('emoji-id') ?? ''
  if (tag.name === 'a') {
    const url = tag.attributes.get('href') ?? ''
    // A link with another scheme becomes plain text, as in Telegram.
    if (!/^(https?|tg|ton|mailto|tel):/i.test(url)) return
    entity.url = url
  }
  entities.push(entity)
}
