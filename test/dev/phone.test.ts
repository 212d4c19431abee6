/** The phone of the simulator, with the account API of the same `npm run dev`. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PhoneAct, PhoneView } from '../../lib/dev/simulator/wire.ts'
import { ADMIN_TOKEN, startDevServer, type DevServer } from './dev-server.ts'

let server: DevServer
beforeAll(async () => {
  server = await startDevServer()
})
afterAll(() => server.stop())

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  return (await response.json()) as Answer
}
const act = (what: PhoneAct) => ask<PhoneView>('POST', '/dev/api/phone', what)

it('lets a login in, asks for the password and ends the session', async () => {
  const { accounts } = await ask<PhoneView>('GET', '/dev/api/phone')
  const [, grace] = accounts
  expect(grace).toMatchObject({ name: 'Grace', password: 'secret', sessions: 0 })
  const id = grace?.id ?? 0
  await ask('POST', '/account/qr', {})
  const { logins } = await ask<PhoneView>('GET', '/dev/api/phone')
  await act({ kind: 'scan', account: id, token: logins.at(-1)?.token ?? '' })
  expect(await ask('POST', '/account/qr/check', {})).toMatchObject({ state: 'password_needed' })
  expect(await ask('POST', '/account/verify', { password: 'secret' })).toMatchObject({ state: 'connected' })
  const revoked = await act({ kind: 'revoke', account: id })
  expect(revoked.accounts.find((account) => account.id === id)?.sessions).toBe(0)
  expect(await ask('GET', '/account/user')).toMatchObject({ error: { code: 'session_revoked' } })
})

it('shows the code that was sent to it', async () => {
  const { accounts } = await ask<PhoneView>('GET', '/dev/api/phone')
  const ada = accounts[0]
  await ask('POST', '/account/code', { phone: ada?.phone })
  const code = (await ask<PhoneView>('GET', '/dev/api/phone')).accounts[0]?.code
  expect(await ask('POST', '/account/verify', { code })).toMatchObject({ state: 'connected' })
})
