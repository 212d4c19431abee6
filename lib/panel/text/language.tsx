/** The language of the page: the operator's choice, else the browser's, else English. */
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { preference } from '../state/preference.ts'
import { en, type Texts } from './en.ts'
import { formatOf, type Format } from './format.ts'
import { fr } from './fr.ts'
import { ru } from './ru.ts'

/** Each name is in its own language. */
export const LANGUAGES = { en: 'English', ru: 'Русский', fr: 'Français' } as const
export type Language = keyof typeof LANGUAGES

/** All in one bundle. Three files would be 3 KB larger together, because the texts share their keys and names. */
const TEXTS: Record<Language, Texts> = { en, ru, fr }

interface Localized {
  language: Language
  text: Texts
  format: Format
  choose: (language: Language) => void
}

const isLanguage = (code: string): code is Language => Object.hasOwn(LANGUAGES, code)

function pickLanguage(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.split('-', 1)[0]?.toLowerCase() ?? '').find(isLanguage) ?? 'en'
}

const Context = createContext<Localized | null>(null)

/** @param props.first used unless the operator has chosen a language: in the Mini App, the language of Telegram */
export function LanguageProvider(props: { first?: string | undefined; children: ComponentChildren }) {
  const { first, children } = props
  const [language, setLanguage] = useState(() =>
    pickLanguage([preference.read('language') ?? '', first ?? '', ...navigator.languages]),
  )
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const localized = useMemo<Localized>(
    () => ({
      language,
      text: TEXTS[language],
      format: formatOf(language),
      choose: (next) => {
        preference.write('language', next)
        setLanguage(next)
      },
    }),
    [language],
  )
  return <Context.Provider value={localized}>{children}</Context.Provider>
}

export function useLanguage(): Localized {
  const localized = useContext(Context)
  if (!localized) throw new Error('no LanguageProvider above')
  return localized
}
