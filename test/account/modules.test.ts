/** What needs no Telegram loads nothing of MTProto: a cold start of it costs a fifth of a second. */
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN, openAccount, type AccountWorld } from '../support/account.ts'

let world: AccountWorld
beforeAll(async () => {
  world = await openAccount()
  await world.connect()
})
afterAll(() => world.close())

/** Asks the function in a process of its own. @returns status and what that process has loaded */
async function ask(method: string, path: string, token: string): Promise<{ status: number; loaded: string }> {
  const hook = pathToFileURL('test/support/print-loads.mjs').href
  const register = `data:text/javascript,import{register}from'node:module';register('${hook}')`
  const code = `
    const account = await import('./api/account.ts')
    const headers = { authorization: 'Bearer ${token}', 'content-type': 'application/json' }
    const body = '${method}' === 'GET' ? null : '{}'
    const request = new Request('https://bot.example.com${path}', { method: '${method}', headers, body })
    const answer = await account.${method}(request)
    process.stdout.write('status ' + answer.status)`
  const args = ['--import', 'tsx', '--import', register, '--input-type=module', '-e', code]
  const env = { ...process.env, ...world.env, LOG_LEVEL: 'silent' }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 })
  return { status: Number(/status (\d+)$/.exec(stdout)?.[1]), loaded: stdout }
}

const MTPROTO = /node_modules\/@(mtcute|fuman)\/|lib\/mtproto\//

it.each([
  ['GET', '/account/chats', 'a-wrong-token-of-more-than-32-characters', 401],
  ['GET', '/account', ADMIN, 200],
  ['POST', '/account/qr', ADMIN, 200],
  ['GET', '/account/chats/nonsense/messages', ADMIN, 404],
])('%s %s answers %s with %i and loads no MTProto', async (method, path, token, status) => {
  const answer = await ask(method, path, token)
  expect(answer.status).toBe(status)
  expect(answer.loaded).not.toMatch(MTPROTO)
})

it('nor does a call that finds the account busy', async () => {
  await world.test.redis.set(world.keys.accountLock('admin'), 'another', { px: 45_000 })
  const answer = await ask('GET', '/account/user', ADMIN)
  await world.test.redis.del(world.keys.accountLock('admin'))
  expect(answer.status).toBe(429)
  expect(answer.loaded).not.toMatch(MTPROTO)
})

it('a call that asks Telegram does', async () => {
  const answer = await ask('GET', '/account/user', ADMIN)
  expect(answer.status).toBe(200)
  expect(answer.loaded).toMatch(MTPROTO)
})
