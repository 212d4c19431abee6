/** The language of the page: the operator's choice, else the browser's, else English. */
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { preference } from '../state/preference.ts'
import { en, type Texts } from './en.ts'
import { formatOf, type Format } from './format.ts'
import { fr } from './fr.ts'
import { ru } from './ru.ts'

/** In their own words. */
export const LANGUAGES = { en: 'English', ru: 'Русский', fr: 'Français' } as const
export type Language = keyof typeof LANGUAGES

/** All in one file: three of their own would be 3 KB more over the wire, for they share every key and name. */
const TEXTS: Record<Language, Texts> = { en, ru, fr }

interface Speech {
  language: Language
  text: Texts
  format: Format
  choose: (language: Language) => void
}

const isLanguage = (code: string): code is Language => Object.hasOwn(LANGUAGES, code)

function pickLanguage(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.split('-', 1)[0]?.toLowerCase() ?? '').find(isLanguage) ?? 'en'
}

const Context = createContext<Speech | null>(null)

/** @param props.first a language to start with unless the operator has chosen one: Telegram's, in its Mini App */
export function SpeechProvider(props: { first?: string | undefined; children: ComponentChildren }) {
  const { first, children } = props
  const [language, setLanguage] = useState(() =>
    pickLanguage([preference.read('language') ?? '', first ?? '', ...navigator.languages]),
  )
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const speech = useMemo<Speech>(
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
  return <Context.Provider value={speech}>{children}</Context.Provider>
}

export function useSpeech(): Speech {
  const speech = useContext(Context)
  if (!speech) throw new Error('no SpeechProvider above')
  return speech
}
