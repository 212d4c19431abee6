import { badRequest } from './errors.ts'
import type { Chat, InlineButton } from './types.ts'

const BUTTON_TYPES = [
  'url',
  'callback_data',
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'switch_inline_query_chosen_chat',
  'copy_text',
  'callback_game',
  'pay',
]

/**
 * Checks a `reply_markup` by Telegram's rules.
 * @returns the inline keyboard, because only this kind is stored with a message; undefined for the others
 * @throws {ApiError} 400.
 */
export function checkMarkup(
  markup: unknown,
  chat: Chat,
  inlineOnly = false,
): { inline_keyboard: InlineButton[][] } | undefined {
  if (markup === undefined) return undefined
  const { inline_keyboard: inline, keyboard, ...rest } = markup as Record<string, unknown>
  if (inline !== undefined) {
    const rows = rowsOf(inline, 'inline keyboard')
    for (const row of rows) for (const button of row) checkInlineButton(button, chat)
    const filled = rows.filter((row) => row.length > 0)
    return filled.length > 0 ? { inline_keyboard: filled } : undefined
  }
  if (inlineOnly && Object.keys(markup as object).length > 0) throw badRequest('inline keyboard expected')
  if (keyboard !== undefined) {
    for (const row of rowsOf(keyboard, 'keyboard')) {
      for (const button of row) {
        const text = typeof button === 'string' ? button : button?.text
        if (typeof text !== 'string' || text === '') {
          throw badRequest('can\'t parse keyboard button: Can\'t find field "text"')
        }
        if (typeof button !== 'string') checkRequests(button, chat)
      }
    }
    return undefined
  }
  const known = 'remove_keyboard' in rest || 'force_reply' in rest || Object.keys(rest).length === 0
  if (!known || Array.isArray(markup)) throw badRequest('object expected as reply markup')
  return undefined
}

/** @throws {ApiError} 400 where a button in a group requests data that only a private chat can give */
function checkRequests(button: Readonly<Record<string, unknown>>, { type }: Chat): void {
  if (type === 'private') return
  if (button.request_contact === true) throw badRequest('phone number can be requested in private chats only')
  if (button.request_location === true) throw badRequest('location can be requested in private chats only')
}

function rowsOf(value: unknown, what: string): InlineButton[][] {
  if (!Array.isArray(value)) throw badRequest(`can't parse ${what} markup: Array of rows expected`)
  for (const row of value) {
    if (!Array.isArray(row)) throw badRequest(`can't parse ${what} row: Array of buttons expected`)
  }
  return value as InlineButton[][]
}

function checkInlineButton(button: Partial<InlineButton> | null, chat: Chat): void {
  if (typeof button !== 'object' || button === null) {
    throw badRequest("can't parse inline keyboard button: Object expected")
  }
  if (typeof button.text !== 'string') {
    throw badRequest('can\'t parse inline keyboard button: Can\'t find field "text"')
  }
  if (button.text === '') throw badRequest('inline keyboard button text must be non-empty')
  const types = BUTTON_TYPES.filter((type) => button[type] !== undefined)
  if (types.length === 0) {
    throw badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
  }
  if (types.length > 1) throw badRequest('inline keyboard button must have exactly one action')
  const { callback_data: data, url, web_app: app } = button
  if (data !== undefined && (Buffer.byteLength(data) < 1 || Buffer.byteLength(data) > 64)) {
    throw badRequest('BUTTON_DATA_INVALID')
  }
  if (url !== undefined && !/^(https?|tg|ton):\/\/\S+$/i.test(url)) {
    throw badRequest(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`)
  }
  if (app !== undefined) {
    if (chat.type !== 'private') throw badRequest('BUTTON_TYPE_INVALID')
    checkWebAppUrl('inline keyboard button', app.url)
  }
}

/** @throws {ApiError} 400 unless the URL is an https one. */
export function checkWebAppUrl(where: string, url: unknown): void {
  if (typeof url === 'string' && /^https:\/\/\S+$/i.test(url)) return
  throw badRequest(`${where} Web App URL '${String(url)}' is invalid: Only HTTPS links are allowed`)
}
