/** Authorises operators by bearer token or session cookie. All operators' endpoints use it. */
import type { Config } from '../config.ts'
import { HttpError, StoreError } from '../errors.ts'
import type { Logger, Redact } from '../log.ts'
import type { Store } from '../redis.ts'
import { bearerOf, sameSecret } from './secrets.ts'
import { requireJson } from '../http/body.ts'
import { clientOf } from '../http/client.ts'
import { isEnded } from './ended-sessions.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { readSession, type Actor, type Session } from './session.ts'

export interface Operator {
  actor: Actor | 'cron'
  /** Null for a bearer token. */
  session: Session | null
}

/** The parts of an invocation that the check needs. */
export interface GateDeps {
  config: Config
  store: Store
  log: Logger
  /** The time by this instance's clock, ms since 1970. */
  nowMs: () => number
  /** Hashes a value that must not be stored or logged. */
  hash: (text: string) => string
  redact: Redact
}

export interface GateOptions {
  /** True: the cron's secret is accepted too. */
  cron?: boolean
  /** False: no cookie is accepted. For a GET that changes something, because a link on any page could send it. */
  cookie?: boolean
  /** False: skip the call of the store that checks for a logout. An ended session is then accepted. */
  ended?: boolean
}

/**
 * Authorises an operator. If there is an `Authorization` header, only it counts; otherwise the cookie. With a cookie,
 * a request that changes something must be JSON and come from a page of this deployment.
 * @throws HttpError 401 unauthorized, 403 cross_origin, 415
 * @throws StoreError when the store cannot tell whether the session was ended
 */
export async function requireOperator(
  request: Request,
  deps: GateDeps,
  { cron = false, cookie = true, ended = true }: GateOptions = {},
): Promise<Operator> {
  if (request.headers.has('authorization')) {
    const given = bearerOf(request)
    // Compare both, so that the duration does not show which secret was given.
    const isAdmin = sameSecret(given, deps.config.adminToken)
    const isCron = sameSecret(given, cron ? deps.config.cronSecret : null)
    if (isAdmin) return { actor: 'admin token', session: null }
    if (isCron) return { actor: 'cron', session: null }
    throw refusal(request, deps, 'wrong bearer')
  }
  const session = cookie ? readSession(deps.config, request, deps.nowMs()) : null
  if (!session) {
    throw refusal(request, deps, request.headers.has('cookie') ? 'no valid session' : 'no credentials')
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    try {
      requireSameOrigin(request, true)
    } catch (error) {
      refusal(request, deps, 'cross origin')
      throw error
    }
    requireJson(request)
  }
  if (ended) await requireOpen(request, deps, session)
  return { actor: session.actor, session }
}

/** @throws HttpError 401 for a session that was ended @throws StoreError */
export async function requireOpen(request: Request, deps: GateDeps, session: Session): Promise<void> {
  if (await isEnded(deps.store, session.id)) throw refusal(request, deps, 'ended session')
}

/**
 * The operator of a request, or null. For public endpoints that show operators more. Never throws.
 * Missing credentials and an invalid cookie are not logged: a browser sends its cookie with every request. A wrong
 * bearer token is logged, because an attacker could guess tokens at this endpoint too.
 */
export async function operatorOf(request: Request, deps: GateDeps): Promise<Operator | null> {
  const log = request.headers.has('authorization') ? deps.log : { ...deps.log, warn: () => {} }
  try {
    return await requireOperator(request, { ...deps, log })
  } catch (error) {
    if (error instanceof HttpError || error instanceof StoreError) return null
    throw error
  }
}

/** The 401 for a request without authorisation. Logged, because a series of them is an attack. */
function refusal(request: Request, { log, hash, redact }: GateDeps, reason: string): HttpError {
  const { pathname } = new URL(request.url)
  const fields = { path: redact(pathname).slice(0, 100), method: request.method, reason }
  log.warn('authorisation refused', { ...fields, client: hash(`client ${clientOf(request)}`) })
  const message = 'A valid admin token is needed: Authorization: Bearer <ADMIN_TOKEN>, or a login at /session'
  return new HttpError(401, 'unauthorized', message, { 'www-authenticate': 'Bearer' })
}
