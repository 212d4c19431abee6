/** The one gate of the operators' endpoints: by bearer or by session cookie, and who that is. */
import type { Config } from '../config.ts'
import { HttpError, StoreError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../redis.ts'
import { bearerOf, sameSecret } from './secrets.ts'
import { requireJson } from '../http/body.ts'
import { clientOf } from '../http/client.ts'
import { isEnded } from './ended-sessions.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { readSession, type Actor, type Session } from './session.ts'

export interface Operator {
  actor: Actor | 'cron'
  /** Null where a bearer was shown. */
  session: Session | null
}

/** What the gate needs of an invocation. */
export interface GateDeps {
  config: Config
  store: Store
  log: Logger
  /** This instance's idea of the time, ms since 1970. */
  nowMs: () => number
  /** Hashes what may not be stored or logged. */
  hash: (text: string) => string
}

export interface GateOptions {
  /** The cron's secret opens this endpoint too. */
  cron?: boolean
  /** False where a GET changes something: no page must be able to cause that. */
  cookie?: boolean
  /** False where not even one call of the store may be spent: a session that was ended is not noticed then. */
  ended?: boolean
}

/**
 * Lets operators pass. An `Authorization` header decides alone; else the cookie does, and a request that changes
 * something must then be JSON and come from a page of this deployment.
 * @throws HttpError 401 unauthorized, 403 cross_origin, 415
 * @throws StoreError when nobody can tell whether the session was ended
 */
export async function requireOperator(
  request: Request,
  deps: GateDeps,
  { cron = false, cookie = true, ended = true }: GateOptions = {},
): Promise<Operator> {
  if (request.headers.has('authorization')) {
    const given = bearerOf(request)
    // Both are compared, so that the time does not tell which one was nearly right.
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
 * The operator, where one asks; for what is public and only tells operators more. Never throws.
 * Nothing is logged where no credentials came, or a cookie that opens nothing, which a browser sends along with
 * whatever it asks for. A wrong bearer is: whoever guesses could tell by this answer as well.
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

/** The answer to whoever is no operator; logged, because a series of them is an attack. */
function refusal(request: Request, { log, hash }: GateDeps, reason: string): HttpError {
  const { pathname } = new URL(request.url)
  const fields = { path: pathname.slice(0, 100), method: request.method, reason }
  log.warn('authorisation refused', { ...fields, client: hash(`client ${clientOf(request)}`) })
  const message = 'A valid admin token is needed: Authorization: Bearer <ADMIN_TOKEN>, or a login at /session'
  return new HttpError(401, 'unauthorized', message, { 'www-authenticate': 'Bearer' })
}
