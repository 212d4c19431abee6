/** The menu of commands, for setMyCommands and /help. */
import type { BotCommand } from '../kit/feature.ts'
import { textsFor } from './texts/index.ts'
import { COMMAND_NAMES } from './texts/types.ts'

/** The public commands with their descriptions, in the order of the menu. */
export function commandsFor(language: string): BotCommand[] {
  const { commands } = textsFor(language)
  return COMMAND_NAMES.map((command) => ({ command, description: commands[command] }))
}
