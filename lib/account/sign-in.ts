/** What every way of logging in ends with: connected, or the password first. */
import type { tl } from '@mtcute/core'
import type { LoginStep } from '../contract.ts'
import type { Telegram } from '../mtproto/client.ts'
import { MtprotoRefused } from '../errors.ts'
import type { Change, Taken } from './call.ts'
import type { LoginRecord } from './records.ts'
import { userOf } from './user.ts'

/** A login that begins. */
export function newLogin(kind: LoginRecord['kind'], endsMs: number): Omit<LoginRecord, 'session'> {
  const none = {
    phone: null,
    phoneCodeHash: null,
    delivery: null,
    codeLength: null,
    resendMs: null,
    hint: null,
  }
  return { kind, endsMs, isUnsure: false, ...none }
}

/** @throws MtprotoRefused where there is no account with this number */
export function connected(authorization: tl.auth.TypeAuthorization, taken: Taken): Change<LoginStep> {
  if (authorization._ !== 'auth.authorization')
    throw new MtprotoRefused('auth.signIn', 400, 'PHONE_NUMBER_UNOCCUPIED')
  return connectedAs(authorization.user, taken)
}

export function connectedAs(self: tl.TypeUser, { nowMs }: Taken): Change<LoginStep> {
  const user = userOf(self)
  return {
    answer: { state: 'connected', account: user },
    connect: { kind: 'connected', user, sinceMs: nowMs },
    login: 'drop',
    areGuessesNew: true,
  }
}

export function isPasswordNeeded(error: unknown): boolean {
  return error instanceof MtprotoRefused && error.code === 'SESSION_PASSWORD_NEEDED'
}

/** Goes on to the password, with the hint that the operator once set. */
export async function passwordNeeded(
  telegram: Telegram,
  login: Omit<LoginRecord, 'session'>,
): Promise<Change<LoginStep>> {
  const { hint = null } = await telegram.call({ _: 'account.getPassword' })
  return {
    answer: { state: 'password_needed', hint },
    login: { ...login, kind: 'password', hint, isUnsure: false, phone: null, phoneCodeHash: null },
    areGuessesNew: true,
  }
}

/**
 * Looks whether the account is logged in already: an answer of Telegram that was lost looks like a wrong code.
 * @returns null where it is not
 */
export async function checkSelf(
  telegram: Telegram,
  taken: Taken,
  login: Omit<LoginRecord, 'session'>,
): Promise<Change<LoginStep> | null> {
  try {
    const [self] = await telegram.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] })
    return self ? connectedAs(self, taken) : null
  } catch (error) {
    if (isPasswordNeeded(error)) return login.kind === 'password' ? null : passwordNeeded(telegram, login)
    if (error instanceof MtprotoRefused) return null
    throw error
  }
}
