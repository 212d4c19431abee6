/** Logging in by a QR code: the operator's phone scans a token, and the token's session is let in. */
import type { tl } from '@mtcute/core'
import type { LoginStep } from '../contract.ts'
import { HttpError } from '../errors.ts'
import type { Telegram } from '../mtproto/client.ts'
import { callAccount, type AccountDeps, type Change, type Plan, type Taken } from './call.ts'
import type { LoginRecord } from './records.ts'
import { checkSelf, connected, isPasswordNeeded, newLogin, passwordNeeded } from './sign-in.ts'

export const QR_MS = 300_000
export const POLL_MS = 3000
const METHODS = ['auth.exportLoginToken', 'auth.importLoginToken']

/** Begins a login, or goes on with the one under way. @throws HttpError */
export function startQr(deps: AccountDeps, operator: string): Promise<LoginStep> {
  return callAccount(deps, operator, {
    ...planOf(deps, 'qr'),
    rule: 'read',
    before: (taken) => beforeStart(taken),
  })
}

/** Looks whether the code was scanned. @throws HttpError 409 no_login, 410 login_expired */
export function checkQr(deps: AccountDeps, operator: string): Promise<LoginStep> {
  return callAccount(deps, operator, {
    ...planOf(deps, 'qr/check'),
    rule: 'qr',
    before(taken) {
      const done = doneAlready(taken)
      if (done) return done
      if (taken.login?.kind !== 'qr') throw new HttpError(409, 'no_login', 'No login by QR code is under way')
      return { session: taken.login.session }
    },
  })
}

function beforeStart(taken: Taken): ReturnType<Plan<LoginStep>['before']> {
  const done = doneAlready(taken)
  if (done) return done
  // Drop a login by code: its session may already belong in part to another account.
  return { session: taken.login?.kind === 'qr' ? taken.login.session : null }
}

/** Connected, or waiting for the password: no code helps any more. */
export function doneAlready({ session, login }: Taken): { answer: Change<LoginStep> } | null {
  if (session?.kind === 'connected')
    return { answer: { answer: { state: 'connected', account: session.user } } }
  return login?.kind === 'password'
    ? { answer: { answer: { state: 'password_needed', hint: login.hint } } }
    : null
}

function planOf({ config }: AccountDeps, route: string): Pick<Plan<LoginStep>, 'route' | 'methods' | 'ask'> {
  return {
    route,
    methods: METHODS,
    async ask(telegram, taken) {
      const isNew = taken.login?.kind !== 'qr'
      const login = taken.login?.kind === 'qr' ? taken.login : newLogin('qr', taken.nowMs + QR_MS)
      if (login.isUnsure) {
        const found = await checkSelf(telegram, taken, login)
        if (found) return found
      }
      const api = config.telegramApi ?? { id: 0, hash: '' }
      const change = await exportToken(telegram, api, taken, login)
      return isNew && change.login !== 'drop' ? { ...change, loginMs: QR_MS, areGuessesNew: true } : change
    },
  }
}

async function exportToken(
  telegram: Telegram,
  { id, hash }: { id: number; hash: string },
  taken: Taken,
  login: Omit<LoginRecord, 'session'>,
): Promise<Change<LoginStep>> {
  try {
    let token: tl.auth.TypeLoginToken = await telegram.call({
      _: 'auth.exportLoginToken',
      apiId: id,
      apiHash: hash,
      exceptIds: [],
    })
    if (token._ === 'auth.loginTokenMigrateTo') {
      await telegram.moveTo(token.dcId)
      token = await telegram.call({ _: 'auth.importLoginToken', token: token.token })
    }
    if (token._ === 'auth.loginTokenSuccess') return connected(token.authorization, taken)
    if (token._ !== 'auth.loginToken') throw new Error('the account moves in a circle')
    const url = `tg://login?token=${Buffer.from(token.token).toString('base64url')}`
    return {
      answer: {
        state: 'qr_waiting',
        url,
        expires_at: new Date(token.expires * 1000).toISOString(),
        poll_after_ms: POLL_MS,
        ends_at: new Date(login.endsMs).toISOString(),
      },
      login: { ...login, isUnsure: false },
    }
  } catch (error) {
    if (isPasswordNeeded(error)) return passwordNeeded(telegram, login)
    throw error
  }
}
