import { useLanguage, type Language } from '../language.tsx'
import { accountPageEn, type AccountPageTexts } from './page-en.ts'
import { accountPageFr } from './page-fr.ts'
import { accountPageRu } from './page-ru.ts'

const TEXTS: Record<Language, AccountPageTexts> = { en: accountPageEn, ru: accountPageRu, fr: accountPageFr }

/** The words of the account's page. They come with it, for most operators never open it. */
export function useAccountWords(): AccountPageTexts {
  return TEXTS[useLanguage().language]
}
