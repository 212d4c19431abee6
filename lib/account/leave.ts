/** What a call that failed leaves behind, and when a session is worth writing again. */
import { MtprotoRefused } from '../errors.ts'
import type { SavedSession } from '../mtproto/saved.ts'
import type { Taken } from './call.ts'
import type { AccountFailure } from './failures.ts'
import { NO_CHANGES, type Changes } from './give.ts'
import { sealLogin, sealSession, type SessionRecord } from './records.ts'

/** Salts in the store are renewed after this time; those that Telegram hands out last longer. */
const SALTS_MS = 3600_000

/** A session that ends in the middle of a login ends the login: there is nothing to revoke. */
export function inLogin(failure: AccountFailure, { session }: Taken): AccountFailure {
  if (failure.follows !== 'revoke' || session?.kind === 'connected') return failure
  return { ...failure, status: 410, code: 'login_expired', message: 'This login is over; begin again' }
}

export function afterFailure(
  accountKeys: readonly Buffer[],
  operator: string,
  taken: Taken,
  saved: SavedSession | null,
  { failure, error }: { failure: AccountFailure; error: unknown },
): Changes {
  const { follows, floodSeconds } = failure
  const changes = { ...NO_CHANGES }
  if (floodSeconds !== null && error instanceof MtprotoRefused) {
    changes.flood = { method: error.method, ms: floodSeconds * 1000 }
  }
  if (follows === 'forget') return { ...changes, session: 'drop', login: 'drop' }
  if (follows === 'revoke') {
    const record: SessionRecord = { kind: 'revoked', sinceMs: taken.nowMs }
    const isConnected = taken.session?.kind === 'connected'
    return {
      ...changes,
      session: isConnected ? sealSession(accountKeys, operator, record) : 'keep',
      login: 'drop',
    }
  }
  if (follows === 'drop_login') changes.login = 'drop'
  else if (taken.login && taken.session?.kind !== 'connected') {
    // Also after an error: the data centre, and with it the key, may have changed before.
    const session = saved ?? taken.login.session
    const login = { ...taken.login, session, isUnsure: taken.login.isUnsure || follows === 'unsure' }
    changes.login = sealLogin(accountKeys, operator, login)
  }
  const record = kept(taken, saved, false)
  if (record) changes.session = sealSession(accountKeys, operator, record)
  return changes
}

/** A connected session as it is to be written again; null where nothing of weight has changed. */
export function kept(
  { session, nowMs }: Taken,
  saved: SavedSession | null,
  isOld: boolean,
): SessionRecord | null {
  if (session?.kind !== 'connected') return null
  const isMoved = saved !== null && (saved.key !== session.session.key || saved.dc !== session.session.dc)
  const areSaltsOld = saved !== null && nowMs - session.saltsMs > SALTS_MS
  if (!isMoved && !areSaltsOld && !isOld) return null
  return { ...session, session: saved ?? session.session, saltsMs: saved ? nowMs : session.saltsMs }
}
