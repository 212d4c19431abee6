/** The bot's sentences, and the choice of the language to say them in. */
import { en } from './en.ts'
import { fr } from './fr.ts'
import { ru } from './ru.ts'
import type { Texts } from './types.ts'
import { LANGUAGES, type Language } from '../../kit/types.ts'

export const texts: Readonly<Record<Language, Texts>> = { en, ru, fr }

function isLanguage(code: string): code is Language {
  return (LANGUAGES as readonly string[]).includes(code)
}

/**
 * The user's setting, else Telegram's `language_code`, else English.
 *
 * Only the first subtag counts: clients send IETF tags ('en-GB', 'fr-CA'), some with an underscore.
 * A stored setting that is no language of ours (one withdrawn since) is passed over, not an error.
 */
export function pickLanguage(setting: string | null, languageCode: string | undefined): Language {
  if (setting !== null && isLanguage(setting)) return setting
  const primary = languageCode?.split(/[-_]/, 1)[0]?.toLowerCase() ?? ''
  return isLanguage(primary) ? primary : 'en'
}

/** The language named by its code or by its own name ('fr', 'Français'), else null. */
export function namedLanguage(name: string): Language | null {
  const wanted = name.toLowerCase()
  return (
    LANGUAGES.find((code) => code === wanted || texts[code].languageName.toLowerCase() === wanted) ?? null
  )
}
