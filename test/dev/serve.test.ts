import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { startChild } from '../support/child.ts'

// Every other test starts it as built for the run.
it('npm run serve, as package.json has it, answers and ends when told to', async () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { serve: string } }
  const [node, ...args] = scripts.serve.split(' ')
  expect(node).toBe('node')
  const child = startChild(args, { PORT: '0' })
  onTestFinished(() => child.end('SIGKILL'))
  const url = await child.printed('the server', /listen on (http:\S+)/)
  const response = await fetch(`${url}/health`)
  expect(response.status).toBe(503)
  const body = (await response.json()) as { bot_status: string }
  expect(body.bot_status).toBe('FAILED')
  expect(JSON.stringify(body)).toContain('TELEGRAM_BOT_TOKEN')
  await child.end('SIGTERM')
  expect(await child.ended).toEqual({ code: 0, signal: null })
})
