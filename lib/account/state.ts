/** What is known of an account without asking Telegram. */
import type { AccountState } from '../contract.ts'
import { iso } from '../time.ts'
import type { AccountDeps } from './call.ts'
import { lookAtAccount } from './look.ts'
import { openLogin, openSession, type LoginRecord } from './records.ts'

const LOGIN_STATES = { qr: 'qr_waiting', code: 'code_sent', password: 'password_needed' } as const

/** @throws StoreError */
export async function accountState({ config, store }: AccountDeps, operator: string): Promise<AccountState> {
  const none: AccountState = { state: 'off', account: null, login: null, flood_until: null, since: null }
  if (!config.telegramApi) return none
  const look = await lookAtAccount(store, operator)
  const session = openSession(config.accountKeys, operator, look.session)
  const { record: login } = openLogin(config.accountKeys, operator, look.login)
  const known = { ...none, flood_until: iso(look.floodUntilMs) }
  if (session.record?.kind === 'connected') {
    return { ...known, state: 'connected', account: session.record.user, since: iso(session.record.sinceMs) }
  }
  if (login) return { ...known, state: LOGIN_STATES[login.kind], login: told(login, look.nowMs) }
  if (session.isUnreadable) return { ...known, state: 'unreadable' }
  if (session.record) return { ...known, state: 'revoked', since: iso(session.record.sinceMs) }
  return { ...known, state: 'none' }
}

function told(
  { endsMs, delivery, codeLength, resendMs, hint }: LoginRecord,
  nowMs: number,
): AccountState['login'] {
  return {
    ends_at: new Date(endsMs).toISOString(),
    delivery,
    code_length: codeLength,
    resend_after_s: resendMs === null ? null : Math.max(0, Math.ceil((resendMs - nowMs) / 1000)),
    hint,
  }
}
