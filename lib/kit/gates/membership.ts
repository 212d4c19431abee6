/** Where the bot can write: blocked and unblocked, added and removed, a group that became a supergroup. */
import { message } from 'telegraf/filters'
import type { ChatMember } from 'telegraf/types'
import { isPrivate } from '../incoming.ts'
import type { Gate } from './gate.ts'

function canWrite(member: ChatMember): boolean {
  if (member.status === 'restricted') return member.is_member && member.can_send_messages
  return member.status !== 'kicked' && member.status !== 'left'
}

/** Comes before the rate limit: what is stored of a chat must not depend on how fast its people write. */
export const membership: Gate = (bot) => {
  bot.on('my_chat_member', async (ctx) => {
    const { chat, new_chat_member: member } = ctx.myChatMember
    if (typeof chat?.id !== 'number' || typeof member?.status !== 'string') return
    await ctx.scope.markBlocked(String(chat.id), !canWrite(member))
  })

  // Both halves of a migration arrive, one in the old chat and one in the new; moving twice is harmless.
  bot.on(message('migrate_to_chat_id'), async (ctx) => {
    const { chat, migrate_to_chat_id: to } = ctx.message
    if (typeof to === 'number' && !isPrivate(ctx.message))
      await ctx.scope.moveChat(String(chat.id), String(to))
  })
  bot.on(message('migrate_from_chat_id'), async (ctx) => {
    const { chat, migrate_from_chat_id: from } = ctx.message
    if (typeof from === 'number' && !isPrivate(ctx.message))
      await ctx.scope.moveChat(String(from), String(chat.id))
  })
}
