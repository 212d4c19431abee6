/** The commands that a client shows after "/", chosen from the bot's lists by Telegram's rules. */
import type { BotCommand, User } from './types.ts'
import type { ChatState, World } from './world.ts'

/** The narrowest scope wins; within a scope, the list in the user's language before the list without a language. */
export function commandMenu(world: World, { chat }: ChatState, user: User): BotCommand[] {
  const narrow = chat.type === 'private' ? [] : [['chat_member', chat.id, user.id]]
  const wide = chat.type === 'private' ? 'all_private_chats' : 'all_group_chats'
  const scopes: (string | number)[][] = [...narrow, ['chat', chat.id], [wide], ['default']]
  const language = (user.language_code ?? '').slice(0, 2)
  for (const [type, ...rest] of scopes) {
    for (const code of [language, '']) {
      const list = world.commands.get([type, code, ...rest].join(' '))
      if (list !== undefined && list.length > 0) return list
    }
  }
  return []
}
