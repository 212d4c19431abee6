/** The commands of lib/account/README.md, run as they stand there. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN, openAccount, type AccountWorld } from '../support/account.ts'
import { startServer, type Server } from '../support/server.ts'

let world: AccountWorld
let server: Server
beforeAll(async () => {
  world = await openAccount()
  server = await startServer(world.env)
})
afterAll(async () => {
  await server.stop()
  await world.close()
})

function commands(): string[] {
  const [, section = ''] = readFileSync('lib/account/README.md', 'utf8').split('## Commands')
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(section) ?? []
  return block.replaceAll('\\\n', ' ').trim().split('\n')
}

async function run(command: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const shown = command.replace(/^curl /, "curl -sS -w '\\n%{http_code}' ")
  const env = {
    ...process.env,
    URL: server.url,
    AUTH: `Authorization: Bearer ${ADMIN}`,
    JSON: 'Content-Type: application/json',
  }
  const { stdout } = await promisify(execFile)('bash', ['-c', shown], { env })
  const [body = '', status] = stdout.split(/\n(?=\d+$)/)
  return { status: Number(status), json: JSON.parse(body) as Record<string, unknown> }
}

it('connect an account, read it and log it out', async () => {
  const account = world.server.add({ phone: '+447946010000' })
  const answers: [number, unknown][] = []
  for (const command of commands()) {
    const { status, json } = await run(command)
    answers.push([status, json['state'] ?? Object.keys(json)])
    if (status === 201) world.server.scan(String(json['url']), account)
  }
  expect(answers).toEqual([
    [200, 'none'],
    [201, 'qr_waiting'],
    [200, 'connected'],
    // The other way, which has nothing left to do.
    [200, 'connected'],
    [200, 'connected'],
    [200, ['id', 'name', 'username', 'phone', 'is_premium']],
    [200, ['chats', 'cursor']],
    [200, ['messages', 'before']],
    [200, 'none'],
  ])
})
