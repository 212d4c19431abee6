/**
 * The gate before all other features: lets through updates that telegraf's filters can read.
 *
 * Telegraf trusts an update's shape. `message: null` or a `text` that is no string makes its filters
 * throw, and an update that throws is retried. So malformed updates end here, without an error.
 */
import type { MessageEntity } from 'telegraf/types'
import type { Gate } from './gate.ts'

type Fields = Record<string, unknown>

/** The kinds that features listen to. */
const HANDLED = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'callback_query',
  'my_chat_member',
]
/** Telegraf copies a message onto an object with methods of these names, and the copy would win. */
const CLASHING = ['__proto__', 'has', 'isAccessible']
const COMMAND = /^\/\w{1,64}(?:@\w{3,32})?(?=\s|$)/

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isSoundMessage(message: unknown): message is Fields {
  if (!isFields(message) || !isFields(message['chat'])) return false
  for (const key of CLASHING) delete message[key]
  return (
    typeof message['chat']['id'] === 'number' &&
    typeof message['message_id'] === 'number' &&
    (!('text' in message) || typeof message['text'] === 'string')
  )
}

function isSoundPress(press: Fields): boolean {
  // Old-style presses have a number for an id, where the method that answers them takes a string.
  if (typeof press['id'] === 'number') press['id'] = String(press['id'])
  return (
    isFields(press['from']) &&
    typeof press['id'] === 'string' &&
    (!('data' in press) || typeof press['data'] === 'string') &&
    (press['message'] == null || isSoundMessage(press['message']))
  )
}

/** Telegram sends one kind in an update; of several, telegraf would mix the parts. */
function isSound(update: Fields): boolean {
  const [kind, second] = HANDLED.filter((key) => key in update)
  if (kind === undefined) return true
  const content = update[kind]
  if (second !== undefined || !isFields(content)) return false
  if (kind === 'callback_query') return isSoundPress(content)
  return kind === 'my_chat_member' || isSoundMessage(content)
}

/** Stops malformed updates, and marks the command of an old-style message that carries no entities. */
export const soundShape: Gate = (bot) => {
  bot.use(async (ctx, next) => {
    if (!isSound(ctx.update as unknown as Fields)) return
    const message = ctx.message
    if (message !== undefined && 'text' in message && message.entities == null) {
      const length = COMMAND.exec(message.text)?.[0].length
      const entities: MessageEntity[] =
        length === undefined ? [] : [{ type: 'bot_command', offset: 0, length }]
      Object.assign(message, { entities })
    }
    await next()
  })
}
