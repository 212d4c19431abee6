import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  clearedCookies,
  cookieOf,
  endOf,
  newSession,
  readSession,
  renewed,
  SESSION_COOKIE,
  type Actor,
  type Session,
} from '../../lib/auth/session.ts'

const NOW = 1_790_000_000_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const keys = {
  sessionSecret: 'a-session-secret-of-more-than-32-characters',
  adminToken: 'an-admin-token-of-more-than-32-characters',
  adminTelegramIds: new Set(['901']),
}
const withCookie = (cookie: string) => new Request('https://bot.example.com/status', { headers: { cookie } })
const issue = (session: Session, given = keys) =>
  cookieOf(given, session, session.issuedAtMs).split(';')[0] ?? ''
const read = (cookie: string, nowMs = NOW, given = keys) => readSession(given, withCookie(cookie), nowMs)

describe('the cookie', () => {
  it.each(['admin token', 'telegram:901'] as Actor[])('round-trips %s', (actor) => {
    const session = newSession(actor, false, NOW)
    expect(read(issue(session))).toEqual(session)
    expect(read(`a=b; ${issue(session)}; c=d`)).toEqual(session)
    expect(Buffer.from(session.id, 'base64url')).toHaveLength(16)
    expect(newSession(actor, false, NOW).id).not.toBe(session.id)
  })

  it('is HttpOnly, Secure and SameSite=Strict', () => {
    const cookie = cookieOf(keys, newSession('admin token', false, NOW), NOW)
    const [pair = '', ...attributes] = cookie.split('; ')
    expect(pair.startsWith('__Host-evergram=v1.')).toBe(true)
    expect(attributes).toEqual(['Max-Age=1800', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'])
  })

  it('of the Mini App is SameSite=None and Partitioned, for Telegram’s frame', () => {
    const cookie = cookieOf(keys, newSession('telegram:901', true, NOW), NOW)
    expect(cookie).toContain('; Path=/; HttpOnly; Secure; SameSite=None; Partitioned')
  })

  it('is deleted for the panel and the Mini App', () => {
    expect(clearedCookies()).toEqual([
      `${SESSION_COOKIE}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict`,
      `${SESSION_COOKIE}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=None; Partitioned`,
    ])
  })

  it('contains no secret', () => {
    const cookie = issue(newSession('admin token', false, NOW))
    const bytes = cookie.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    for (const secret of [keys.adminToken, keys.sessionSecret]) {
      expect(cookie + bytes.join('')).not.toContain(secret)
    }
  })
})

describe('what is no valid cookie', () => {
  const good = issue(newSession('admin token', false, NOW))

  it('a cookie with any character changed', () => {
    const value = good.slice(SESSION_COOKIE.length + 1)
    for (let at = 0; at < value.length; at++) {
      const other = value[at] === 'A' ? 'B' : 'A'
      const changed = value.slice(0, at) + other + value.slice(at + 1)
      expect(read(`${SESSION_COOKIE}=${changed}`), `at ${at}`).toBeNull()
    }
  })

  it.each([
    ['nothing', ''],
    ['another name', good.replace('__Host-', '')],
    ['no signature', good.slice(0, good.lastIndexOf('.'))],
    ['an empty signature', `${good.slice(0, good.lastIndexOf('.'))}.`],
    ['another version', good.replace('=v1.', '=v2.')],
    ['nonsense', `${SESSION_COOKIE}=x`],
    ['a long one', `${SESSION_COOKIE}=v1.${'A'.repeat(8)}.${'A'.repeat(50_000)}.AAAA`],
  ])('%s', (_name, cookie) => {
    expect(read(cookie)).toBeNull()
  })

  it('a valid cookie after an older cookie of ours is found', () => {
    const old = issue(newSession('admin token', false, NOW - HOUR))
    expect(read(`${old}; ${good}`)).not.toBeNull()
    expect(read(`${SESSION_COOKIE}=x; ${good}`)).not.toBeNull()
  })

  it('a cookie signed by another key under our key id', () => {
    const [version, keyId] = good.slice(SESSION_COOKIE.length + 1).split('.')
    const content = Buffer.from(`${'A'.repeat(22)} ${NOW} ${NOW} 0 admin token`).toString('base64url')
    const signed = `${version}.${keyId}.${content}`
    for (const key of ['', keys.adminToken, keys.sessionSecret]) {
      const mac = createHmac('sha256', key).update(signed).digest('base64url')
      expect(read(`${SESSION_COOKIE}=${signed}.${mac}`)).toBeNull()
    }
  })

  it.each([
    ['SESSION_SECRET', { ...keys, sessionSecret: `${keys.sessionSecret}2` }],
    ['ADMIN_TOKEN', { ...keys, adminToken: `${keys.adminToken}2` }],
  ])('every cookie from before %s changed', (_name, rotated) => {
    expect(read(good, NOW, rotated)).toBeNull()
    // The key id differs, so it was not even compared.
    const keyIdOf = (cookie: string) => cookie.split('.')[1]
    expect(keyIdOf(issue(newSession('admin token', false, NOW), rotated))).not.toBe(keyIdOf(good))
  })

  it('the cookie of a user who is no longer an administrator', () => {
    const cookie = issue(newSession('telegram:901', true, NOW))
    expect(read(cookie)).toMatchObject({ actor: 'telegram:901' })
    expect(read(cookie, NOW, { ...keys, adminTelegramIds: new Set(['902']) })).toBeNull()
  })
})

describe('time', () => {
  const session = newSession('admin token', false, NOW)

  it('ends a session after half an hour', () => {
    const cookie = issue(session)
    expect(endOf(session)).toBe(NOW + 30 * MINUTE)
    expect(read(cookie, NOW + 30 * MINUTE - 1)).not.toBeNull()
    expect(read(cookie, NOW + 30 * MINUTE)).toBeNull()
  })

  it('may be a little behind on another instance, but a cookie from the future is invalid', () => {
    expect(read(issue(session), NOW - MINUTE)).not.toBeNull()
    expect(read(issue(session), NOW - MINUTE - 1)).toBeNull()
  })

  it('renews it once half of it is over', () => {
    expect(renewed(session, NOW + 15 * MINUTE - 1)).toBeNull()
    const later = renewed(session, NOW + 15 * MINUTE)
    expect(later).toEqual({ ...session, issuedAtMs: NOW + 15 * MINUTE })
  })

  it('ends it after twelve hours, also when it was renewed', () => {
    let current = session
    let nowMs = NOW
    for (;;) {
      nowMs += 15 * MINUTE
      if (nowMs >= NOW + 13 * HOUR) break
      const next = renewed(current, nowMs)
      if (!next) break
      current = next
    }
    expect(endOf(current)).toBe(NOW + 12 * HOUR)
    expect(read(issue(current), NOW + 12 * HOUR - 1)).not.toBeNull()
    expect(read(issue(current), NOW + 12 * HOUR)).toBeNull()
    const last = { ...session, issuedAtMs: NOW + 12 * HOUR - 5 * MINUTE }
    expect(cookieOf(keys, last, last.issuedAtMs)).toContain('Max-Age=300;')
  })
})
