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

/** Asks the function in a process of its own. @returns each status, and what was loaded before it */
async function ask(calls: readonly (readonly [method: string, path: string, token: string])[]) {
  const hook = pathToFileURL('test/support/print-loads.mjs').href
  const register = `data:text/javascript,import{register}from'node:module';register('${hook}')`
  const code = `
    const account = await import('./api/account.ts')
    for (const [method, path, token] of ${JSON.stringify(calls)}) {
      const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' }
      const body = method === 'GET' ? null : '{}'
      const answer = await account[method](new Request('https://bot.example.com' + path, { method, headers, body }))
      process.stdout.write('status ' + answer.status + '\\n')
    }`
  const args = ['--import', 'tsx', '--import', register, '--input-type=module', '-e', code]
  const env = { ...process.env, ...world.env, LOG_LEVEL: 'silent' }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 })
  const parts = stdout.split(/status (\d+)\n/)
  return calls.map((_call, index) => ({
    status: Number(parts[index * 2 + 1]),
    hasMtproto: MTPROTO.test(parts.slice(0, index * 2 + 1).join('\n')),
  }))
}

const MTPROTO = /node_modules\/@(mtcute|fuman)\/|lib\/mtproto\//

it('a refusal, the state and what is decided without Telegram load no MTProto; a call does', async () => {
  const refused = 'a-wrong-token-of-more-than-32-characters'
  const without = await ask([
    ['GET', '/account/chats', refused],
    ['GET', '/account', ADMIN],
    ['POST', '/account/qr', ADMIN],
    ['GET', '/account/chats/nonsense/messages', ADMIN],
    ['GET', '/account/user', ADMIN],
  ])
  expect(without).toEqual([
    { status: 401, hasMtproto: false },
    { status: 200, hasMtproto: false },
    { status: 200, hasMtproto: false },
    { status: 404, hasMtproto: false },
    { status: 200, hasMtproto: true },
  ])
})

it('nor does a call that finds the account busy', async () => {
  await world.test.redis.set(world.keys.accountLock('admin'), 'another', { px: 45_000 })
  expect(await ask([['GET', '/account/user', ADMIN]])).toEqual([{ status: 429, hasMtproto: false }])
  await world.test.redis.del(world.keys.accountLock('admin'))
})
