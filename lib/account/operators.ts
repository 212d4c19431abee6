/** Each operator has an account of their own, kept under this name. */
import type { Actor } from '../auth/session.ts'

const ADMIN = 'admin'

export function operatorOf(actor: Actor): string {
  return actor === 'admin token' ? ADMIN : actor.slice('telegram:'.length)
}

/** All who may have an account at the moment. */
export function operatorsOf(adminTelegramIds: ReadonlySet<string>): Set<string> {
  return new Set([ADMIN, ...adminTelegramIds])
}
