/** The server's codes in the page's language. */
import type { AuditEntry } from '../../contract.ts'
import type { Texts } from './en.ts'

/** What a table has under a key that came from elsewhere. */
export function pick<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** A code in words. What has none stays as it came: a number, an address, what Telegram said. */
export function wordOf(code: string, { failures, overview, setup, boxes, verdict, ...text }: Texts): string {
  const words = {
    ...failures,
    ...overview.breakers,
    ...setup.values,
    ok: setup.states.ok,
    incomplete: setup.states.warning,
    none: text.none,
    unknown: text.unknown,
    'admin token': text.audit.token,
    not_taken: boxes.states.due,
    lease_lost: boxes.states.expired,
    bot_not_ready: verdict.bot_not_initialized()[0],
  }
  return pick(words, code) ?? code
}

/** Who somebody is: the bearer of the admin token, or a user of Telegram's. */
export function actorOf(actor: string, text: Texts): string {
  return wordOf(actor, text).replace('telegram:', 'Telegram ')
}

/** What came of an operator's action; of several in a row with their number. */
export function resultOf(
  { action, result, count }: Pick<AuditEntry, 'action' | 'result' | 'count'>,
  text: Texts,
): string {
  const { pausedAlready, resumedAlready } = text.actions
  const unchanged = action === 'pause' ? pausedAlready : resumedAlready
  const word = result === 'unchanged' ? unchanged : wordOf(result, text)
  return count > 1 ? `${word} ×${count}` : word
}
