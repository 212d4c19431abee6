/** Translates the server's codes into the page's language. */
import type { AuditEntry } from '../../contract.ts'
import type { Texts } from './en.ts'

/** Looks up an untrusted key: inherited properties such as `toString` are not found. */
export function pick<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** A code in words. Returns any other text unchanged: a number, an address, an error of Telegram. */
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

/** The actor of a session: the bearer of the admin token, or a Telegram user. */
export function actorOf(actor: string, text: Texts): string {
  return wordOf(actor, text).replace('telegram:', 'Telegram ')
}

/** The result of an operator's action; with the count where equal entries are merged. */
export function resultOf(
  { action, result, count }: Pick<AuditEntry, 'action' | 'result' | 'count'>,
  text: Texts,
): string {
  const { pausedAlready, resumedAlready } = text.actions
  const unchanged = action === 'pause' ? pausedAlready : resumedAlready
  const word = result === 'unchanged' ? unchanged : wordOf(result, text)
  return count > 1 ? `${word} ×${count}` : word
}
