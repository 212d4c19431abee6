/** What must be nowhere: secrets, and what users wrote in logs. */
import { secretsFound } from './secret-forms.ts'

/** Stands in messages and in names that tests make up; no log may repeat it. */
export const USERS_WORD = 'Qwertzuiop7users7word'

/** @param texts what leaves the bot or stays with it, by where. @throws naming secret and place, not the value */
export function expectNoLeak(
  texts: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): void {
  const found = Object.entries(texts).flatMap(([place, text]) =>
    secretsFound(text, secrets).map((name) => `${name} in ${place}`),
  )
  if (found.length > 0) throw new Error(`leaked: ${found.join(', ')}`)
}
