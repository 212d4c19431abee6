/** How features answer: as plain text, within Telegram's limit, in the place of the message. */
import type { Message } from 'telegraf/types'
import { cut } from './cut.ts'
import { isPrivate } from './incoming.ts'
import { placeOf, replyParameters } from './place.ts'
import type { BotContext } from './types.ts'

type Extra = NonNullable<Parameters<BotContext['reply']>[1]>
export type Keyboard = { text: string; callback_data: string }[][]

/** Makes an answer a reply to a message; it is sent also where the message was deleted meanwhile. */
export function replyTo(message: Message): Pick<Extra, 'reply_parameters'> {
  return { reply_parameters: replyParameters(message.message_id) }
}

/** Answers a message: as a reply in a group, where other messages come in between; else without one. */
export async function answer(ctx: BotContext, text: string, extra: Extra = {}): Promise<void> {
  const { message } = ctx
  const { chat_id: _, ...place } = placeOf(ctx.update, message !== undefined && !isPrivate(message)) ?? {}
  await ctx.reply(cut(text), { ...place, ...extra })
}
