import { describe, expect, it } from 'vitest'
import { readConfig } from '../../lib/config.ts'
import { StoreError } from '../../lib/errors.ts'
import { operatorOf, requireOperator } from '../../lib/auth/operator.ts'
import { cookieOf, newSession, SESSION_COOKIE } from '../../lib/auth/session.ts'
import { createRedactor } from '../../lib/log.ts'
import { keysUnder, type Store } from '../../lib/redis.ts'
import { recordLog } from '../support/virtual.ts'

const NOW = 1_790_000_000_000
const ADMIN = 'an-admin-token-of-more-than-32-characters'
const config = readConfig({
  TELEGRAM_BOT_TOKEN: '123456789:AAabcdefghijklmnopqrstuvw',
  ADMIN_TOKEN: ADMIN,
  UPSTASH_REDIS_REST_URL: 'https://store.example.com',
  UPSTASH_REDIS_REST_TOKEN: 'a-store-token-of-no-importance',
})

const redact = createRedactor([ADMIN])

/** @param said what the store says of the session, 'open' or 'ended'; null where it is away */
function gate(said: string | null = 'open') {
  const { log, lines } = recordLog()
  const run: Store['run'] = () =>
    said === null ? Promise.reject(new StoreError('timeout')) : Promise.resolve([said])
  const store = { run, now: () => '', keys: keysUnder('p') }
  return { deps: { config, store, log, nowMs: () => NOW, hash: (text: string) => text, redact }, lines }
}
const cookieAt = (ms: number) =>
  cookieOf(config, newSession('admin token', false, ms), ms).split(';')[0] ?? ''
const asking = (headers: Record<string, string>) => new Request('https://bot.example.com/health', { headers })

describe('operatorOf() at a public endpoint', () => {
  it.each([
    ['by bearer', { authorization: `Bearer ${ADMIN}` }],
    ['by cookie', { cookie: cookieAt(NOW) }],
  ])('recognises an operator %s', async (_name, headers) => {
    const { deps, lines } = gate()
    expect(await operatorOf(asking(headers), deps)).toMatchObject({ actor: 'admin token' })
    expect(lines).toEqual([])
  })

  it.each([
    ['nothing', {}, 'open'],
    ['a cookie of another site’s making', { cookie: 'theme=dark' }, 'open'],
    ['a forged one', { cookie: `${SESSION_COOKIE}=v1.a.b.c` }, 'open'],
    ['one that has expired', { cookie: cookieAt(NOW - 3600_000) }, 'open'],
    ['one whose session was ended', { cookie: cookieAt(NOW) }, 'ended'],
    ['one that the store cannot check', { cookie: cookieAt(NOW) }, null],
  ])('returns null with %s, without a log line', async (_name, headers, said) => {
    const { deps, lines } = gate(said)
    expect(await operatorOf(asking(headers), deps)).toBeNull()
    expect(lines).toEqual([])
  })

  it('logs a wrong bearer token', async () => {
    const { deps, lines } = gate()
    expect(await operatorOf(asking({ authorization: 'Bearer guess', cookie: 'a=b' }), deps)).toBeNull()
    expect(lines).toMatchObject([{ level: 'warn', event: 'authorisation refused', reason: 'wrong bearer' }])
  })
})

it('an operator’s endpoint logs whom it refused', async () => {
  const { deps, lines } = gate()
  const refused = requireOperator(asking({ cookie: cookieAt(NOW - 3600_000) }), deps)
  await expect(refused).rejects.toMatchObject({ status: 401 })
  expect(lines).toMatchObject([{ event: 'authorisation refused', reason: 'no valid session' }])
})

it('a logged path has no part of a secret, not where it is cut either', async () => {
  const { deps, lines } = gate()
  const request = new Request(`https://bot.example.com/${'x'.repeat(80)}${ADMIN}`)
  await expect(requireOperator(request, deps)).rejects.toMatchObject({ status: 401 })
  expect(lines).toMatchObject([{ path: `/${'x'.repeat(80)}[secret]` }])
})
