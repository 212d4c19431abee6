import { describe, expect, it } from 'vitest'
import { readConfig } from '../../lib/config.ts'
import { ConfigError, HttpError, StoreError } from '../../lib/errors.ts'
import { methods } from '../../lib/http/route.ts'
import { createLogger } from '../../lib/log.ts'
import { secretsFound } from '../support/secret-forms.ts'

const CANARY = 'CANARY-admin-token-of-more-than-32-characters'
const env: Record<string, string> = {
  TELEGRAM_BOT_TOKEN: '123456789:AAabcdefghijklmnopqrstuvw',
  ADMIN_TOKEN: CANARY,
  UPSTASH_REDIS_REST_URL: 'https://store.example.com',
  UPSTASH_REDIS_REST_TOKEN: 'a-store-token-of-no-importance',
}

/** A request whose handler throws: the answer and the log lines. */
async function failing(thrown: unknown, given: Record<string, string> = env) {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const handler = async () => {
    await Promise.resolve()
    throw thrown
  }
  const request = new Request('https://bot.example.com/status?view=full#x', { method: 'POST' })
  const answer = await methods({ POST: handler }, () => ({ env: given, write })).POST(request)
  return { status: answer.status, body: await answer.text(), lines, write }
}

describe('an exception that no handler has logged', () => {
  it('is one line with name and stack, without a secret in the line or the answer', async () => {
    const error = new TypeError(`no ${CANARY}\nnor ${encodeURIComponent(CANARY)} here`)
    const { status, body, lines } = await failing(error)
    expect(status).toBe(500)
    expect(body).not.toContain('here')
    expect(lines).toHaveLength(1)
    const line = JSON.parse(lines[0] ?? '') as { error: { stack: string } }
    expect(line).toMatchObject({ level: 'error', event: 'request failed', method: 'POST', path: '/status' })
    expect(line.error).toMatchObject({ name: 'TypeError', message: 'no [secret]\nnor [secret] here' })
    const frames = line.error.stack.split('\n')
    expect(frames[0]).toContain('last-line.test.ts')
    expect(frames.every((frame) => frame.startsWith('    at '))).toBe(true)
    expect(secretsFound(lines.join('') + body, { CANARY })).toEqual([])
  })

  it('contains no derived secret, nor the secret half of the token', async () => {
    const { webhookSecret, sessionSecret } = readConfig(env)
    const { lines } = await failing(new Error(`${webhookSecret} ${sessionSecret} AAabcdefghijklmnopqrstuvw`))
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { message: '[secret] [secret] [secret]' } })
  })

  it.each([
    ['a store that is away', new StoreError('timeout'), 503, { name: 'StoreError', code: 'timeout' }],
    [
      'faulty settings',
      new ConfigError([{ variable: 'ADMIN_TOKEN', problem: 'is missing' }]),
      503,
      { name: 'ConfigError' },
    ],
    ['what is no error', `the text of somebody`, 500, { name: 'string' }],
  ])('is logged for %s', async (_name, thrown, status, error) => {
    const answered = await failing(thrown, { ...env, ADMIN_TOKEN: '' })
    expect(answered.status).toBe(status)
    expect(answered.lines).toHaveLength(1)
    expect(JSON.parse(answered.lines[0] ?? '')).toMatchObject({ error })
    expect(answered.lines[0]).not.toContain('somebody')
  })

  it('contains no secret when the settings are faulty', async () => {
    const { lines } = await failing(new Error(CANARY), { ADMIN_TOKEN: CANARY })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { message: '[secret]' } })
  })

  it('is not logged for an HttpError', async () => {
    expect(await failing(new HttpError(503, 'busy', 'said'))).toMatchObject({ status: 503, lines: [] })
  })

  it('is not logged twice; a line below the log level does not count as logged', async () => {
    const told = new StoreError('timeout')
    const log = createLogger({ level: 'warn', redact: (line) => line, write: () => {} })
    log.info('too quiet', { error: told })
    expect((await failing(told)).lines).toHaveLength(1)
    log.warn('said', { error: told })
    expect((await failing(told)).lines).toEqual([])
  })

  it('is logged each time: a module that fails to load throws the same error again', async () => {
    const error = new Error('cannot be loaded')
    expect((await failing(error)).lines).toHaveLength(1)
    expect((await failing(error)).lines).toHaveLength(1)
  })

  it('is not logged when the log is silent', async () => {
    expect((await failing(new Error('x'), { ...env, LOG_LEVEL: 'silent' })).lines).toEqual([])
  })

  it('does not change the answer when the line cannot be written', async () => {
    const write = () => {
      throw new Error('the pipe is closed')
    }
    const route = methods({ GET: () => Promise.reject(new Error('x')) }, () => ({ env, write }))
    expect((await route.GET(new Request('https://bot.example.com/'))).status).toBe(500)
  })
})
