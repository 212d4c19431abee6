/**
 * The operators' session: a signed cookie with the actor and the time of the login. Reading it needs no store call.
 *
 *   `v1.<key id>.<content, base64url>.<HMAC-SHA256 of all before it, base64url>`
 *
 * Rotation: the signing key is derived from SESSION_SECRET and ADMIN_TOKEN, and each cookie names its key by an id.
 * A change of either secret makes every cookie invalid at once: this is how an operator logs all others out. The
 * old key is never accepted.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import { sameSecret } from './secrets.ts'

/** The actor of an action: the bearer of the admin token, or an administrator by Telegram user id. */
export type Actor = 'admin token' | `telegram:${string}`

export interface Session {
  /** 128 random bits. */
  id: string
  actor: Actor
  /** When the operator logged in, and when the cookie was last issued, in ms since 1970. */
  startedAtMs: number
  issuedAtMs: number
  /** True for the Mini App, which Telegram Web shows in a frame. */
  isFramed: boolean
}

export const SESSION_COOKIE = '__Host-evergram'
const IDLE_MS = 30 * 60_000
export const SESSION_MAX_MS = 12 * 3600_000
/** Maximum difference between the clocks of two instances, in milliseconds. */
const SKEW_MS = 60_000

type Keys = Pick<Config, 'sessionSecret' | 'adminToken' | 'adminTelegramIds'>

/** A session that begins now. */
export function newSession(actor: Actor, isFramed: boolean, nowMs: number): Session {
  const id = randomBytes(16).toString('base64url')
  return { id, actor, startedAtMs: nowMs, issuedAtMs: nowMs, isFramed }
}

/** When a session ends unless it is renewed, in ms since 1970. */
export function endOf({ startedAtMs, issuedAtMs }: Session): number {
  return Math.min(issuedAtMs + IDLE_MS, startedAtMs + SESSION_MAX_MS)
}

/** The renewed session, once half of its time is over; null before that, and where it cannot be renewed any more. */
export function renewed(session: Session, nowMs: number): Session | null {
  const next = { ...session, issuedAtMs: nowMs }
  return nowMs - session.issuedAtMs >= IDLE_MS / 2 && endOf(next) > endOf(session) ? next : null
}

/** The Set-Cookie header of a session. */
export function cookieOf(keys: Keys, session: Session, nowMs: number): string {
  const { id, startedAtMs, issuedAtMs, isFramed, actor } = session
  const content = `${id} ${startedAtMs} ${issuedAtMs} ${isFramed ? 1 : 0} ${actor}`
  const key = signingKey(keys)
  const signed = `v1.${idOf(key)}.${Buffer.from(content).toString('base64url')}`
  const seconds = Math.max(0, Math.floor((endOf(session) - nowMs) / 1000))
  return `${SESSION_COOKIE}=${signed}.${sign(key, signed)}; Max-Age=${seconds}${attributes(isFramed)}`
}

/** The Set-Cookie headers that delete the cookie, for the panel and for the Mini App. */
export function clearedCookies(): string[] {
  return [false, true].map((isFramed) => `${SESSION_COOKIE}=; Max-Age=0${attributes(isFramed)}`)
}

function attributes(isFramed: boolean): string {
  // In Telegram Web the Mini App is a frame of another site: a Strict cookie would never be sent there.
  const site = isFramed ? 'SameSite=None; Partitioned' : 'SameSite=Strict'
  return `; Path=/; HttpOnly; Secure; ${site}`
}

/** The valid session among a request's cookies, or null. Does not check for a logout: only the store knows it. */
export function readSession(keys: Keys, request: Request, nowMs: number): Session | null {
  const key = signingKey(keys)
  for (const cookie of (request.headers.get('cookie') ?? '').split(/; */)) {
    const session = cookie.startsWith(`${SESSION_COOKIE}=`)
      ? verify(key, cookie.slice(SESSION_COOKIE.length + 1))
      : null
    if (session && isCurrent(session, nowMs) && isAllowed(keys, session.actor)) return session
  }
  return null
}

const CONTENT = /^([\w-]{22}) (\d{1,15}) (\d{1,15}) ([01]) (admin token|telegram:\d{1,16})$/

function verify(key: Buffer, text: string): Session | null {
  const [, signed, keyId, content, mac = ''] = /^(v1\.([\w-]+)\.([\w-]+))\.([\w-]+)$/.exec(text) ?? []
  if (signed === undefined || content === undefined || keyId !== idOf(key)) return null
  if (!sameSecret(mac, sign(key, signed))) return null
  const [, id = '', startedAt, issuedAt, framed, actor] =
    CONTENT.exec(Buffer.from(content, 'base64url').toString()) ?? []
  if (actor === undefined) return null
  return {
    id,
    actor: actor as Actor,
    startedAtMs: Number(startedAt),
    issuedAtMs: Number(issuedAt),
    isFramed: framed === '1',
  }
}

function isCurrent(session: Session, nowMs: number): boolean {
  return session.issuedAtMs <= nowMs + SKEW_MS && nowMs < endOf(session)
}

/** False for a Telegram user who is no longer an administrator. */
function isAllowed({ adminTelegramIds }: Keys, actor: Actor): boolean {
  return actor === 'admin token' || adminTelegramIds.has(actor.slice('telegram:'.length))
}

function signingKey({ sessionSecret, adminToken }: Keys): Buffer {
  return createHmac('sha256', sessionSecret).update(`evergram session cookie v1\n${adminToken}`).digest()
}

function idOf(key: Buffer): string {
  return createHmac('sha256', key).update('key id').digest('base64url').slice(0, 8)
}

function sign(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
