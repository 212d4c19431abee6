/** Logging in by a code that Telegram sends into the operator's app, and the two-step password after either way. */
import type { tl } from '@mtcute/core'
import type { Delivery, LoginStep } from '../contract.ts'
import { HttpError, MtprotoRefused } from '../errors.ts'
import type { Telegram } from '../mtproto/client.ts'
import { callAccount, type AccountDeps, type Change, type Taken } from './call.ts'
import { waitError } from './failures.ts'
import { doneAlready } from './qr.ts'
import type { LoginRecord } from './records.ts'
import { checkSelf, connected, isPasswordNeeded, newLogin, passwordNeeded } from './sign-in.ts'

export const CODE_MS = 600_000
/** Where Telegram names no time after which the code may be sent again. */
const RESEND_SECONDS = 60

/** How the codes come that can be typed in here. What is missing needs an official app, an e-mail or a payment. */
const DELIVERIES: Partial<Record<tl.auth.TypeSentCodeType['_'], Delivery>> = {
  'auth.sentCodeTypeApp': 'app',
  'auth.sentCodeTypeSms': 'sms',
  'auth.sentCodeTypeSmsWord': 'sms',
  'auth.sentCodeTypeSmsPhrase': 'sms',
  'auth.sentCodeTypeFragmentSms': 'other',
  'auth.sentCodeTypeCall': 'call',
}

/** Sends a code, or sends it again where one was sent to the same phone. @param phone digits after a plus @throws HttpError */
export function sendCode(deps: AccountDeps, operator: string, phone: string): Promise<LoginStep> {
  const isAgain = ({ login }: Taken) => login?.kind === 'code' && login.phone === phone
  return callAccount(deps, operator, {
    route: 'code',
    rule: 'code',
    methods: ['auth.sendCode', 'auth.resendCode'],
    before(taken) {
      const done = doneAlready(taken)
      if (done) return done
      const waitMs = (taken.login?.resendMs ?? 0) - taken.nowMs
      if (isAgain(taken) && waitMs > 0) throw waitError('too_soon', waitMs)
      return { session: isAgain(taken) ? (taken.login?.session ?? null) : null }
    },
    async ask(telegram, taken) {
      const { login } = taken
      if (isAgain(taken) && login?.phoneCodeHash) {
        if (login.isUnsure) {
          const found = await checkSelf(telegram, taken, login)
          if (found) return found
        }
        const { phoneCodeHash } = login
        return codeSent(
          await telegram.call({ _: 'auth.resendCode', phoneNumber: phone, phoneCodeHash }),
          taken,
          login,
        )
      }
      const { id, hash } = deps.config.telegramApi ?? { id: 0, hash: '' }
      const settings = { _: 'codeSettings' } as const
      const sent = await telegram.call({
        _: 'auth.sendCode',
        phoneNumber: phone,
        apiId: id,
        apiHash: hash,
        settings,
      })
      const fresh = { ...newLogin('code', taken.nowMs + CODE_MS), phone }
      return { ...codeSent(sent, taken, fresh), loginMs: CODE_MS, areGuessesNew: true }
    },
  })
}

function codeSent(
  sent: tl.auth.TypeSentCode,
  taken: Taken,
  login: Omit<LoginRecord, 'session'>,
): Change<LoginStep> {
  if (sent._ === 'auth.sentCodeSuccess') return connected(sent.authorization, taken)
  const delivery = sent._ === 'auth.sentCode' ? DELIVERIES[sent.type._] : undefined
  if (sent._ !== 'auth.sentCode' || !delivery)
    throw new MtprotoRefused('auth.sendCode', 400, 'PAYMENT_REQUIRED')
  const codeLength = 'length' in sent.type ? (sent.type.length ?? null) : null
  const seconds = sent.timeout ?? RESEND_SECONDS
  const { phoneCodeHash } = sent
  const answer = {
    state: 'code_sent',
    delivery,
    code_length: codeLength,
    resend_after_s: seconds,
    ends_at: new Date(login.endsMs).toISOString(),
  } as const
  const resendMs = taken.nowMs + seconds * 1000
  return { answer, login: { ...login, phoneCodeHash, delivery, codeLength, resendMs, isUnsure: false } }
}

export type Guess = { code: string } | { password: string }

/** Tries a code or the password. @throws HttpError 422 code_invalid, password_invalid, 409 no_login */
export function verify(deps: AccountDeps, operator: string, guess: Guess): Promise<LoginStep> {
  const isCode = 'code' in guess
  return callAccount(deps, operator, {
    route: 'verify',
    rule: 'verify',
    methods: isCode ? ['auth.signIn'] : ['auth.checkPassword', 'account.getPassword'],
    before(taken) {
      const { session, login } = taken
      if (session?.kind === 'connected' || (isCode && login?.kind === 'password')) {
        return doneAlready(taken) ?? { session: null }
      }
      if (login?.kind !== (isCode ? 'code' : 'password')) {
        throw new HttpError(409, 'no_login', 'No login waits for this')
      }
      return { session: login.session }
    },
    async ask(telegram, taken) {
      const login = taken.login ?? newLogin('code', taken.nowMs)
      if (login.isUnsure) {
        const found = await checkSelf(telegram, taken, login)
        if (found) return found
      }
      try {
        return connected(await tryGuess(telegram, login, guess), taken)
      } catch (error) {
        if (isPasswordNeeded(error)) return passwordNeeded(telegram, login)
        // The guess before may have been right, and its answer lost.
        const found = isAnswerLost(error) ? await checkSelf(telegram, taken, login) : null
        if (found) return found
        throw error
      }
    },
  })
}

function isAnswerLost(error: unknown): boolean {
  return error instanceof MtprotoRefused && !/^(FLOOD_|PHONE_NUMBER_|AUTH_KEY_DUPLICATED)/.test(error.code)
}

async function tryGuess(
  telegram: Telegram,
  { phone, phoneCodeHash }: Omit<LoginRecord, 'session'>,
  guess: Guess,
): Promise<tl.auth.TypeAuthorization> {
  if ('code' in guess) {
    const login = { phoneNumber: phone ?? '', phoneCodeHash: phoneCodeHash ?? '', phoneCode: guess.code }
    return telegram.call({ _: 'auth.signIn', ...login })
  }
  const { checkPassword } = await import('../mtproto/password.ts')
  try {
    return await checkPassword(telegram, guess.password)
  } catch (error) {
    const isStale = error instanceof MtprotoRefused && /^SRP_(ID_INVALID|PASSWORD_CHANGED)$/.test(error.code)
    if (!isStale) throw error
    return checkPassword(telegram, guess.password)
  }
}
