/** Checks for leaks: secrets anywhere, and users' texts in logs. */
import { secretsFound } from './secret-forms.ts'

/** A word in the messages and names of tests; no log may contain it. */
export const USERS_WORD = 'Qwertzuiop7users7word'

/** @param texts all output and stored data, by place. @throws Error with the secret's name and place, not its value */
export function expectNoLeak(
  texts: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): void {
  const found = Object.entries(texts).flatMap(([place, text]) =>
    secretsFound(text, secrets).map((name) => `${name} in ${place}`),
  )
  if (found.length > 0) throw new Error(`leaked: ${found.join(', ')}`)
}
