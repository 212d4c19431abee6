/** GET, POST, DELETE /session: the panel's login, by the admin token or as a Telegram Mini App. */
import * as z from 'zod'
import type { Session } from '../contract.ts'
import { HttpError, StoreError } from '../errors.ts'
import { sameSecret } from '../auth/secrets.ts'
import { readJson } from '../http/body.ts'
import { clientOf } from '../http/client.ts'
import { endSession, isEnded } from '../auth/ended-sessions.ts'
import { readInitData } from '../auth/init-data.ts'
import { countWrongTry } from '../auth/login-limit.ts'
import { requireOperator, type Operator } from '../auth/operator.ts'
import { errorAnswer, json } from '../http/route.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { clearedCookies, cookieOf, endOf, newSession, type Actor } from '../auth/session.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { audited, noteAudit } from './audited.ts'

/** Telegram's init data is a kilobyte or two. */
const BODY_LIMIT = 16 * 1024

const Body = z.union([
  z.strictObject({ token: z.string().min(1).max(1024) }),
  z.strictObject({ init_data: z.string().min(1).max(8192) }),
])
type Proof = z.infer<typeof Body>

/**
 * Exchanges the admin token, or init data that Telegram signed for an administrator, for a session.
 * Only wrong ones are counted and limited, so nobody can lock the right ones out; they cost the store three commands
 * at most. Where Telegram has signed for somebody else, that is in the audit log as well, which costs more.
 * @throws StoreError for a right one while the store is away
 */
export async function logIn(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { store, config, nowMs } = invocation
  requireSameOrigin(request, false)
  const body = Body.safeParse(await readJson(request, BODY_LIMIT))
  if (!body.success) throw new HttpError(422, 'bad_request', 'Send {"token":"…"} or {"init_data":"…"}')
  const client = invocation.hash(`client ${clientOf(request)}`)

  const proven = prove(invocation, body.data)
  if (typeof proven !== 'string') throw await refused(invocation, client, proven)
  const session = newSession(proven, 'init_data' in body.data, nowMs())
  // Every request of a session asks the store for its end. Where it cannot tell, that is said at the login.
  await isEnded(store, session.id)
  invocation.log.info('operator logged in', { actor: proven, client })
  await noteAudit(invocation, { actor: proven, action: 'login', target: null, result: 'ok' })
  const answer = answerTo({ actor: proven, session })
  answer.headers.append('set-cookie', cookieOf(config, session, nowMs()))
  return answer
}

interface Refusal {
  /** 'unknown' where the actor is not known. */
  actor: string
  error: HttpError
}

function prove({ config, nowMs, hash }: Invocation, proof: Proof): Actor | Refusal {
  if ('token' in proof) {
    if (sameSecret(proof.token, config.adminToken)) return 'admin token'
    return { actor: 'unknown', error: new HttpError(401, 'wrong_token', 'This is not the admin token') }
  }
  const visitor = readInitData(proof.init_data, config.botToken, nowMs())
  if (visitor.word === 'expired') {
    const message = 'This init data is more than five minutes old; open the panel again'
    return { actor: 'unknown', error: new HttpError(401, 'init_data_expired', message) }
  }
  if (visitor.word !== 'valid') {
    const error = new HttpError(
      401,
      'bad_init_data',
      'This init data has no valid signature of Telegram for this bot',
    )
    return { actor: 'unknown', error }
  }
  if (config.adminTelegramIds.has(visitor.userId)) return `telegram:${visitor.userId}`
  // Store only a hash of a refused user: logs hash ids too, and /deletemydata could not erase an id here.
  const actor = `telegram:${hash(visitor.userId)}`
  return { actor, error: new HttpError(403, 'not_an_admin', 'Only administrators may open the panel') }
}

function tooMany(waitMs: number): HttpError {
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)))
  return new HttpError(429, 'too_many_attempts', `Too many wrong tries; wait ${seconds} s`, {
    'retry-after': seconds,
  })
}

/**
 * Counts a wrong try; leaves a line of each up to the limit, and of the first beyond it.
 * @returns what it is answered with
 */
async function refused(
  invocation: Invocation,
  client: string,
  { actor, error }: Refusal,
): Promise<HttpError> {
  const { log, store } = invocation
  const counted = await countWrongTry(store, client).catch((cause: unknown) => {
    if (!(cause instanceof StoreError)) throw cause
    log.warn('a wrong login was not counted', { error: cause })
    return null
  })
  if (counted && counted.word !== 'counted') {
    if (counted.word === 'first') log.warn('login refused', { reason: 'too_many_attempts', client })
    return tooMany(counted.waitMs)
  }
  log.warn('login refused', { reason: error.code, actor, client })
  if (actor !== 'unknown') {
    await noteAudit(invocation, { actor, action: 'login_refused', target: client, result: error.code })
  }
  return error
}

/** The actor of the session, and when it ends. */
export async function whoAmI(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  return answerTo(await requireOperator(request, invocation))
}

/**
 * Ends the session everywhere and deletes its cookie. A bearer has no session to end.
 * If the store fails, the answer is that error, and the cookie is deleted all the same: a page cannot delete it.
 */
export async function logOut(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const answer = await end(request, invocation).catch((error: unknown) => {
    if (!(error instanceof StoreError)) throw error
    invocation.log.error('store unreachable', { error })
    return errorAnswer(error)
  })
  for (const cookie of clearedCookies()) answer.headers.append('set-cookie', cookie)
  return answer
}

async function end(request: Request, invocation: Invocation): Promise<Response> {
  const operator = await requireOperator(request, invocation)
  return audited(invocation, operator, { action: 'logout' }, async () => {
    if (operator.session) await endSession(invocation.store, operator.session.id)
    return { response: json(200, { ended: true }), result: 'ok' }
  })
}

function answerTo({ actor, session }: Pick<Operator, 'actor' | 'session'>): Response {
  const endsAt = session && new Date(endOf(session)).toISOString()
  return json(200, { authenticated: true, actor, expires_at: endsAt } satisfies Session)
}
