/** What a bot author writes: features, and the definition that hands them to the engine with the bot's texts. */
import type { Composer } from 'telegraf'
import type { BotContext, EngineTexts } from './types.ts'

/** One conversation feature: a file in lib/bot/features. */
export interface Feature {
  /** Unique among the features. */
  name: string
  /** Registers the feature's handlers and nothing else. Runs anew for every update. */
  register: (bot: Composer<BotContext>) => void
}

/** Makes a feature; the compiler checks it where it is written. */
export function feature(given: Feature): Feature {
  return given
}

/** Telegram's `BotCommand`: command 1 to 32 of a-z 0-9 _, description 1 to 256 characters. */
export interface BotCommand {
  command: string
  description: string
}

/** Everything that makes this bot different from another; lib/bot/index.ts exports it. */
export interface BotDefinition {
  /** In the order in which an update passes them, until one keeps it. */
  features: readonly Feature[]
  /** Codes of the languages; the first is the default. */
  languages: readonly string[]
  /** @param language one of `languages` */
  texts: (language: string) => EngineTexts
  /** The public commands in the order of the menu. @param language one of `languages` */
  commands: (language: string) => readonly BotCommand[]
}
