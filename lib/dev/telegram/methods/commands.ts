import { badRequest } from '../errors.ts'
import type { Params } from '../parameters.ts'
import type { BotCommand } from '../types.ts'
import { findChat, noteChange, type World } from '../world.ts'

const SCOPES = new Map([
  ['default', 0],
  ['all_private_chats', 0],
  ['all_group_chats', 0],
  ['all_chat_administrators', 0],
  ['chat', 1],
  ['chat_administrators', 1],
  ['chat_member', 2],
])

/** Where a list of commands is kept: one per scope and language. */
function slot(world: World, params: Params): string {
  const scope = (params.scope ?? { type: 'default' }) as {
    type?: string
    chat_id?: unknown
    user_id?: unknown
  }
  const language = (params.language_code as string | undefined) ?? ''
  const depth = SCOPES.get(scope.type ?? '')
  if (depth === undefined) throw badRequest("can't parse BotCommandScope: Unsupported type specified")
  if (!/^([a-z]{2})?$/.test(language)) throw badRequest('invalid language code specified')
  const parts = [scope.type, language]
  if (depth > 0) parts.push(String(findChat(world, scope.chat_id).chat.id))
  if (depth > 1) parts.push(String(scope.user_id))
  return parts.join(' ')
}

/** @throws {ApiError} 400 on a bad scope, language, name (1 to 32 of a-z 0-9 _) or description. */
export function setMyCommands(world: World, params: Params): true {
  const commands = params.commands as Partial<BotCommand>[]
  if (!Array.isArray(commands)) throw badRequest("can't parse commands: expected an Array of BotCommand")
  if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH')
  const list = commands.map(({ command = '', description = '' }) => {
    const name = command.replace(/^\//, '')
    if (!/^[a-z0-9_]{1,32}$/.test(name)) throw badRequest('BOT_COMMAND_INVALID')
    if (description.length < 1 || description.length > 256)
      throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
    return { command: name, description }
  })
  world.commands.set(slot(world, params), list)
  noteChange(world)
  return true
}

export const getMyCommands = (world: World, params: Params): BotCommand[] =>
  world.commands.get(slot(world, params)) ?? []

export function deleteMyCommands(world: World, params: Params): true {
  world.commands.delete(slot(world, params))
  noteChange(world)
  return true
}
