/** Messages that no person sent to the bot are not answered. */
import type { Message } from 'telegraf/types'
import type { Gate } from './gate.ts'

function isFromPerson(message: Message): boolean {
  const type: string | undefined = message.chat.type
  if (type === 'channel') return false
  // A channel's post, copied by Telegram into the channel's discussion group.
  if ('is_automatic_forward' in message && message.is_automatic_forward) return false
  // Two bots that answer each other never stop. Anonymous administrators come as a bot too, with a sender_chat.
  return message.from?.is_bot !== true || 'sender_chat' in message
}

export const peopleOnly: Gate = (bot) => {
  bot.on('message', async (ctx, next) => {
    if (isFromPerson(ctx.message)) await next()
  })
}
