import { badRequest } from './errors.ts'
import type { Formatted } from './html.ts'
import type { MessageEntity } from './types.ts'

interface OpenMark {
  mark: string
  type: string
  /** Position in the source, for error messages. */
  from: number
  /** Position in the resulting text. */
  at: number
}

const MARKS_V2 = [
  ['```', 'pre'],
  ['||', 'spoiler'],
  ['__', 'underline'],
  ['*', 'bold'],
  ['_', 'italic'],
  ['~', 'strikethrough'],
  ['`', 'code'],
  ['[', 'text_link'],
] as const
const MARKS_V1 = [
  ['```', 'pre'],
  ['*', 'bold'],
  ['_', 'italic'],
  ['`', 'code'],
  ['[', 'text_link'],
] as const

const RESERVED_V2 = '_*[]()~`>#+-=|{}.!'

/**
 * Parses `parse_mode: MarkdownV2`, or the older `Markdown` (no nesting, no reserved characters).
 * Custom emoji and expandable quotations stay plain text.
 * @throws {ApiError} 400 `can't parse entities: …` with the byte offset of the fault.
 */
export function parseMarkdown(source: string, version: 1 | 2): Formatted {
  let text = ''
  const entities: MessageEntity[] = []
  const open: OpenMark[] = []
  const marks = version === 2 ? MARKS_V2 : MARKS_V1
  const bytes = (index: number): number => Buffer.byteLength(source.slice(0, index))

  for (let index = 0; index < source.length;) {
    const character = source.charAt(index)
    const top = open.at(-1)
    const next = source.charAt(index + 1)
    if (character === '\\' && next !== '' && (version === 2 ? next < '\u007F' : '_*`['.includes(next))) {
      text += next
      index += 2
      continue
    }
    if (top !== undefined && source.startsWith(top.type === 'text_link' ? ']' : top.mark, index)) {
      open.pop()
      const url = top.type === 'text_link' ? /^\]\(([^)]*)\)/.exec(source.slice(index)) : null
      if (version === 2 && top.type === 'text_link' && url === null) {
        throw badRequest(`can't parse entities: Can't find end of a URL at byte offset ${bytes(index)}`)
      }
      add(entities, top, text, url?.[1])
      index += url?.[0].length ?? top.mark.length
      continue
    }
    const verbatim = top !== undefined && (top.type === 'code' || top.type === 'pre' || version === 1)
    const mark = verbatim ? undefined : marks.find(([mark]) => source.startsWith(mark, index))
    if (mark !== undefined) {
      open.push({ mark: mark[0], type: mark[1], from: index, at: text.length })
      index += mark[0].length
      if (mark[1] === 'pre') index += /^[\w+-]*\n/.exec(source.slice(index))?.[0].length ?? 0
      continue
    }
    const quotation = character === '>' && (index === 0 || source.charAt(index - 1) === '\n')
    if (version === 2 && !verbatim && !quotation && RESERVED_V2.includes(character)) {
      throw badRequest(
        `can't parse entities: Character '${character}' is reserved and must be escaped with the preceding '\\'`,
      )
    }
    if (version === 1 || !quotation) text += character
    index += 1
  }
  const left = open.pop()
  if (left !== undefined) {
    const what = version === 2 ? `${left.type} entity` : 'the entity starting'
    throw badRequest(`can't parse entities: Can't find end of ${what} at byte offset ${bytes(left.from)}`)
  }
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) }
}

function add(entities: MessageEntity[], mark: OpenMark, text: string, url: string | undefined): void {
  const length = text.length - mark.at
  if (length === 0 || (mark.type === 'text_link' && (url ?? '') === '')) return
  entities.push({ type: mark.type, offset: mark.at, length, ...(url === undefined ? {} : { url }) })
}
