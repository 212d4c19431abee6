/** The one table of what can go wrong with Telegram: what the operator is answered, and what follows for the session. */
import { HttpError, KeyUnknown, MtprotoRefused, MtprotoUnreachable } from '../errors.ts'

/** `revoke`: the session is forgotten, and the state says that Telegram ended it. `unsure`: the next call of a login checks itself first. */
export type Follows = 'keep' | 'drop_login' | 'revoke' | 'forget' | 'unsure'

export interface AccountFailure {
  status: number
  code: string
  message: string
  follows: Follows
  /** For how long Telegram refuses this method, in seconds. */
  floodSeconds: number | null
}

type Row = [names: RegExp, status: number, code: string, follows: Follows, message: string]

const DAY_SECONDS = 86_400

/** By the name of Telegram's error without the number at its end. The first row that fits counts. */
const ROWS: readonly Row[] = [
  [/^PHONE_NUMBER_INVALID$/, 422, 'phone_invalid', 'drop_login', 'Telegram does not know this phone number'],
  [/^PHONE_NUMBER_BANNED$/, 403, 'phone_banned', 'drop_login', 'Telegram has banned this phone number'],
  [
    /^PHONE_NUMBER_UNOCCUPIED$/,
    403,
    'no_such_account',
    'drop_login',
    'There is no Telegram account with this number',
  ],
  [
    /^(FLOOD_.*|PHONE_NUMBER_FLOOD|PHONE_PASSWORD_FLOOD)$/,
    429,
    'flood_wait',
    'keep',
    'Telegram asks to wait',
  ],
  [/^PHONE_CODE_(INVALID|EMPTY)$/, 422, 'code_invalid', 'keep', 'This is not the code'],
  [
    /^(PHONE_CODE_EXPIRED|PHONE_CODE_HASH_EMPTY|AUTH_RESTART)$/,
    410,
    'code_expired',
    'drop_login',
    'The code is not valid any more; begin again',
  ],
  [/^PASSWORD_HASH_INVALID$/, 422, 'password_invalid', 'keep', 'This is not the password'],
  [
    /^(RECAPTCHA_CHECK.*|INTEGRITY_CHECK.*|APNS_VERIFY_CHECK.*|EMAIL_.*|UPDATE_APP_TO_LOGIN|SMS_CODE_CREATE_FAILED|PAYMENT_.*|PHONE_NUMBER_APP_SIGNUP_FORBIDDEN)$/,
    409,
    'use_qr',
    'drop_login',
    'Telegram sends no code for this login; use the QR code',
  ],
  [
    /^AUTH_TOKEN_(EXPIRED|INVALID.*|ALREADY_ACCEPTED)$/,
    410,
    'login_expired',
    'drop_login',
    'This login is over; begin again',
  ],
  [
    /^(API_ID_INVALID|API_ID_PUBLISHED_FLOOD)$/,
    502,
    'api_id_refused',
    'keep',
    'Telegram refuses TELEGRAM_API_ID and TELEGRAM_API_HASH',
  ],
  [
    /^(AUTH_KEY_.*|SESSION_REVOKED|SESSION_EXPIRED)$/,
    409,
    'session_revoked',
    'revoke',
    'Telegram has ended this session; log in again',
  ],
  [
    /^USER_DEACTIVATED(_BAN)?$/,
    403,
    'account_deactivated',
    'forget',
    'Telegram has deactivated this account',
  ],
  [
    /^(PEER_ID_INVALID|CHANNEL_INVALID|CHANNEL_PRIVATE|CHAT_ID_INVALID)$/,
    404,
    'no_such_chat',
    'keep',
    'There is no such chat for this account',
  ],
]

/** @returns null for what is no failure of Telegram's, which is a fault of ours */
export function failureOf(error: unknown): AccountFailure | null {
  if (error instanceof KeyUnknown) return failureOf(new MtprotoRefused('', 401, 'AUTH_KEY_INVALID'))
  if (error instanceof MtprotoUnreachable) {
    const isTimeout = error.code === 'timeout'
    return {
      status: isTimeout ? 504 : 502,
      code: isTimeout ? 'telegram_timeout' : 'telegram_unreachable',
      message: isTimeout ? 'Telegram did not answer in time' : 'Telegram could not be reached',
      follows: 'unsure',
      floodSeconds: null,
    }
  }
  if (!(error instanceof MtprotoRefused)) return null
  const row = ROWS.find(([names]) => names.test(error.code))
  if (!row) {
    // A name, and nothing that could be anybody's number.
    const isName = /^[A-Z][A-Z0-9_]{1,60}$/.test(error.code) && !/\d{4}/.test(error.code)
    const name = isName ? error.code : String(error.status)
    return {
      status: 502,
      code: 'telegram_error',
      message: `Telegram answered ${name}`,
      follows: 'keep',
      floodSeconds: null,
    }
  }
  const [, status, code, follows, message] = row
  const floodSeconds = code === 'flood_wait' ? Math.max(1, error.number ?? DAY_SECONDS) : null
  return { status, code, message, follows, floodSeconds }
}

/** The answer to a failure. */
export function httpErrorOf({ status, code, message, floodSeconds }: AccountFailure): HttpError {
  return new HttpError(
    status,
    code,
    message,
    floodSeconds === null ? {} : { 'retry-after': String(floodSeconds) },
  )
}

/** An answer that says how long to wait. */
export function waitError(code: 'busy' | 'flood_wait' | 'too_many' | 'too_soon', waitMs: number): HttpError {
  const seconds = code === 'busy' ? 1 : Math.max(1, Math.ceil(waitMs / 1000))
  const messages = {
    busy: 'Another call uses this account at the moment',
    flood_wait: 'Telegram asks to wait',
    too_many: 'Too many calls; this limit is this deployment’s own',
    too_soon: 'The code was sent a moment ago',
  }
  return new HttpError(429, code, messages[code], { 'retry-after': String(seconds) })
}
