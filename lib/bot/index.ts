/** This bot: its features, languages, sentences and commands, as the engine takes them. */
import type { BotDefinition } from '../kit/index.ts'
import { commandsFor } from './commands.ts'
import { features } from './features/index.ts'
import { LANGUAGES, textsFor } from './texts/index.ts'

export const bot: BotDefinition = {
  features,
  languages: LANGUAGES,
  texts: textsFor,
  commands: commandsFor,
}
