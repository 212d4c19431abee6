/** The menu of commands, for setMyCommands and /help. Free of telegraf: re-initialising needs it alone. */
import { texts } from './texts/index.ts'
import { COMMAND_NAMES } from './texts/types.ts'
import type { Language } from '../kit/types.ts'

/** Telegram's `BotCommand`: command 1 to 32 of a-z 0-9 _, description 1 to 256 characters. */
export interface BotCommand {
  command: string
  description: string
}

/** The public commands with their descriptions, in the order of the menu. */
export function commandsFor(language: Language): BotCommand[] {
  return COMMAND_NAMES.map((command) => ({ command, description: texts[language].commands[command] }))
}

/** True for a command of the public menu; the name comes without its slash. */
export function isPublicCommand(name: string): boolean {
  return (COMMAND_NAMES as readonly string[]).includes(name)
}
