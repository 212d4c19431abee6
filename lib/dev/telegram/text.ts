import { badRequest } from './errors.ts'
import { parseHtml, type Formatted } from './html.ts'
import { parseMarkdown } from './markdown.ts'
import type { Params } from './parameters.ts'
import type { MessageEntity } from './types.ts'

/** In UTF-16 units, after the entities are parsed. */
export const MAX_TEXT_LENGTH = 4096
export const MAX_CAPTION_LENGTH = 1024

/**
 * The text and entities of a message, from `text`, `parse_mode` and `entities`.
 * @throws {ApiError} 400 when the text is empty or too long, or its markup is broken
 */
export function formatText(params: Params, field: 'text' | 'caption'): Formatted {
  const source = (params[field] as string | undefined) ?? ''
  const explicit = params[field === 'text' ? 'entities' : 'caption_entities'] as MessageEntity[] | undefined
  const formatted = trim(parse(source, (params.parse_mode as string | undefined) ?? '', explicit))
  if (field === 'text' && formatted.text === '') throw badRequest('message text is empty')
  if (formatted.text.length > (field === 'text' ? MAX_TEXT_LENGTH : MAX_CAPTION_LENGTH)) {
    throw badRequest(field === 'text' ? 'message is too long' : 'message caption is too long')
  }
  return formatted
}

function parse(source: string, parseMode: string, explicit: MessageEntity[] | undefined): Formatted {
  switch (parseMode.toLowerCase()) {
    case '':
      return { text: source, entities: explicit ?? detectEntities(source) }
    case 'html':
      return parseHtml(source)
    case 'markdownv2':
      return parseMarkdown(source, 2)
    case 'markdown':
      return parseMarkdown(source, 1)
    default:
      throw badRequest('unsupported parse_mode')
  }
}

/** Trims white space at both ends like Telegram, but not inside an entity at the start. */
function trim({ text, entities }: Formatted): Formatted {
  const end = text.trimEnd()
  const lead = Math.min(end.length - end.trimStart().length, entities[0]?.offset ?? Infinity)
  const kept = entities
    .map((entity) => ({ ...entity, offset: entity.offset - lead }))
    .map((entity) => ({ ...entity, length: Math.min(entity.length, end.length - lead - entity.offset) }))
  return { text: end.slice(lead), entities: kept.filter((entity) => entity.length > 0) }
}

const DETECTED = [
  ['bot_command', /(?<![\w/>@])\/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\w/])/gi],
  ['mention', /(?<![\w@/])@[a-z0-9_]{3,32}(?!\w)/gi],
  ['url', /(?<!\w)https?:\/\/[^\s<>"]+/gi],
] as const

/** The entities that Telegram detects in plain text: commands, mentions, links. */
export function detectEntities(text: string): MessageEntity[] {
  const found: MessageEntity[] = []
  for (const [type, pattern] of DETECTED) {
    for (const match of text.matchAll(pattern)) {
      found.push({ type, offset: match.index, length: match[0].length })
    }
  }
  return found.sort((a, b) => a.offset - b.offset)
}
