/** The bot's sentences in its languages. A new language is one file here and one entry below. */
import { en } from './en.ts'
import { fr } from './fr.ts'
import { ru } from './ru.ts'
import type { Texts } from './types.ts'

export const texts = { en, ru, fr } satisfies Record<string, Texts>
export type Language = keyof typeof texts

/** The first is the default. */
export const LANGUAGES = ['en', 'ru', 'fr'] as const satisfies readonly Language[]

/** The sentences in a language. @param language a code; one that the bot does not speak gives the default's */
export function textsFor(language: string): Texts {
  return texts[LANGUAGES.find((code) => code === language) ?? LANGUAGES[0]]
}

/** The language named by its code or by its own name ('fr', 'Français'), else null. */
export function namedLanguage(name: string): Language | null {
  const wanted = name.toLowerCase()
  return (
    LANGUAGES.find((code) => code === wanted || texts[code].languageName.toLowerCase() === wanted) ?? null
  )
}
