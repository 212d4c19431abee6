import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTelegramCall, type TelegramCallOptions } from '../lib/telegram.ts'
import { LeaseLost, TelegramRefused, TelegramUnreachable } from '../lib/errors.ts'

const TOKEN = '123456789:AAtelegram-token_of-a-test'

interface Request {
  path: string
  method: string
  type: string
  body: string
}

let server: Server
let apiRoot: string
let requests: Request[]
let answer: (response: ServerResponse) => void

const sends =
  (status: number, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(body)
const sendsJson = (status: number, body: unknown) => sends(status, JSON.stringify(body))
const refuses = (code: number, description: string, more: object = {}) =>
  sendsJson(code, { ok: false, error_code: code, description, ...more })

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  request.setEncoding('utf8')
  for await (const chunk of request) body += chunk
  const { url = '', method = '', headers } = request
  requests.push({ path: url, method, type: headers['content-type'] ?? '', body })
  answer(response)
}

beforeAll(async () => {
  server = createServer((request, response) => void take(request, response).catch(() => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  apiRoot = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
})
beforeEach(() => {
  requests = []
})

/** The error of one call. Whatever it is, nothing of it may show the token. */
async function errorOf(options?: TelegramCallOptions, root = apiRoot): Promise<unknown> {
  const error: unknown = await createTelegramCall({ apiRoot: root, token: TOKEN })(
    'sendMessage',
    { chat_id: 1, text: 'secret words' },
    options,
  ).then(
    (result) => expect.fail(`it answered ${JSON.stringify(result)}`),
    (thrown: unknown) => thrown,
  )
  const shown = `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)}`
  expect(shown).not.toContain(TOKEN.slice(10))
  expect(shown).not.toContain('secret words')
  return error
}

describe('a call', () => {
  it('posts JSON and gives the result, whatever it is', async () => {
    const call = createTelegramCall({ apiRoot, token: TOKEN })
    for (const result of [{ id: 7 }, true, 0, '', [], null]) {
      answer = sendsJson(200, { ok: true, result })
      expect(await call('getMe', { x: 'ы', left: undefined })).toEqual(result)
    }
    answer = sendsJson(200, { ok: true, result: 1 })
    await call('getMe')
    const [first, ...rest] = requests
    const path = `/bot${TOKEN}/getMe`
    expect(first).toEqual({ path, method: 'POST', type: 'application/json', body: '{"x":"ы"}' })
    expect(rest.at(-1)).toMatchObject({ body: '{}' })
  })

  it.each([
    ['400', refuses(400, 'Bad Request: no'), [400, 'Bad Request: no', null, null]],
    ['401', refuses(401, 'Unauthorized'), [401, 'Unauthorized', null, null]],
    ['403', refuses(403, 'Forbidden: blocked'), [403, 'Forbidden: blocked', null, null]],
    ['404', refuses(404, 'Not Found'), [404, 'Not Found', null, null]],
    ['429', refuses(429, 'Too Many', { parameters: { retry_after: 7 } }), [429, 'Too Many', 7, null]],
    ['429 without a time', refuses(429, 'Too Many'), [429, 'Too Many', null, null]],
    ['a time in words', refuses(429, 'x', { parameters: { retry_after: '7' } }), [429, 'x', null, null]],
    [
      'a migration',
      refuses(400, 'upgraded', { parameters: { migrate_to_chat_id: -1_001_234_567_890_123 } }),
      [400, 'upgraded', null, '-1001234567890123'],
    ],
    [
      'a migration to nowhere',
      refuses(400, 'upgraded', { parameters: { migrate_to_chat_id: 1.5 } }),
      [400, 'upgraded', null, null],
    ],
    ['no parameters', refuses(400, 'x', { parameters: null }), [400, 'x', null, null]],
    ['no description', sendsJson(400, { ok: false, error_code: 400 }), [400, 'no description', null, null]],
    ['no error_code', sendsJson(409, { ok: false, description: 'x' }), [409, 'x', null, null]],
    [
      'a refusal under a 200',
      sendsJson(200, { ok: false, error_code: 403 }),
      [403, 'no description', null, null],
    ],
  ])('refused: %s', async (_name, respond, [code, description, retryAfterSeconds, migrateToChatId]) => {
    answer = respond
    const error = await errorOf()
    expect(error).toBeInstanceOf(TelegramRefused)
    expect(error).toMatchObject({
      method: 'sendMessage',
      code,
      description,
      retryAfterSeconds,
      migrateToChatId,
    })
    expect(requests).toHaveLength(1)
  })

  it('keeps a description whole: who shows it redacts it before it is cut', async () => {
    answer = refuses(400, 'x'.repeat(10_000))
    expect((await errorOf()) as TelegramRefused).toMatchObject({ description: 'x'.repeat(10_000) })
  })

  it.each([
    ['a 500 in JSON', refuses(500, 'Internal Server Error'), 'status_500'],
    ['a 502 in HTML', sends(502, '<h1>Bad Gateway</h1>', { 'content-type': 'text/html' }), 'not_json'],
    ['a 401 in HTML', sends(401, '<h1>Who?</h1>', { 'content-type': 'text/html' }), 'not_json'],
    ['a 503 under a 200', sendsJson(200, { ok: false, error_code: 503 }), 'status_503'],
    ['cut JSON', sends(200, '{"ok":true,"resu'), 'not_json'],
    ['nothing', sends(200, ''), 'not_json'],
    ['null', sends(200, 'null'), 'status_200'],
    ['an array', sends(200, '[1]'), 'status_200'],
    ['a word', sends(200, '"ok"'), 'status_200'],
    ['ok without a result', sendsJson(200, { ok: true }), 'status_200'],
    ['ok in words', sendsJson(200, { ok: 'true', result: 1 }), 'status_200'],
    ["somebody else's JSON", sendsJson(403, { message: 'no' }), 'status_403'],
    ['a reset', (response: ServerResponse) => response.destroy(), 'unreachable'],
    [
      'a cut body',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '99' })
        response.write('{"ok":true,')
        setImmediate(() => response.destroy())
      },
      'unreachable',
    ],
  ])('unreachable: %s', async (_name, respond, code) => {
    answer = respond
    const error = await errorOf()
    expect(error).toBeInstanceOf(TelegramUnreachable)
    expect(error).toMatchObject({ method: 'sendMessage', code })
    expect(requests).toHaveLength(1)
  })

  it.each([301, 302, 303, 307, 308])('never follows a %i', async (status) => {
    answer = sends(status, '', { location: `${apiRoot}/elsewhere` })
    expect(await errorOf()).toBeInstanceOf(TelegramUnreachable)
    expect(requests.map(({ path }) => path)).toEqual([`/bot${TOKEN}/sendMessage`])
  })

  const silences: [string, typeof answer][] = [
    ['before the answer', () => {}],
    ['in the middle of the answer', (response) => void response.writeHead(200).write('{"ok":')],
  ]
  it.each(silences)('ends at its own limit of time, %s', async (_when, respond) => {
    answer = respond
    expect(await errorOf({ timeoutMs: 20 })).toMatchObject({ name: 'TelegramUnreachable', code: 'timeout' })
  })

  it.each([
    ['a call without a limit of its own', {}],
    ['a call with a longer limit', { timeoutMs: 3_600_000 }],
  ])("ends %s at the bot's limit of time", async (_which, options) => {
    answer = () => {}
    const call = createTelegramCall({ apiRoot, token: TOKEN, timeoutMs: 20 })
    await expect(call('getMe', {}, options)).rejects.toMatchObject({ code: 'timeout' })
  })

  it('ends with the reason of a signal that was aborted before, and sends nothing', async () => {
    const reason = new LeaseLost()
    expect(await errorOf({ signal: AbortSignal.abort(reason) })).toBe(reason)
    expect(requests).toHaveLength(0)
  })

  it.each([
    ['before the answer', null],
    ['in the middle of the answer', '{"ok":'],
  ])('ends with the reason of a signal that is aborted %s', async (_when, beginning) => {
    const reason = new LeaseLost()
    const aborter = new AbortController()
    answer = (response) => {
      if (beginning !== null) response.writeHead(200).write(beginning)
      setImmediate(() => aborter.abort(reason))
    }
    expect(await errorOf({ signal: aborter.signal })).toBe(reason)
  })

  it('keeps the answer that came before the signal', async () => {
    const aborter = new AbortController()
    answer = refuses(403, 'Forbidden')
    expect(await errorOf({ signal: aborter.signal })).toMatchObject({ code: 403 })
    aborter.abort(new LeaseLost())
  })

  it('says when nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    closed.close()
    await once(closed, 'close')
    const error = await errorOf({}, `http://127.0.0.1:${port}`)
    expect(error).toBeInstanceOf(TelegramUnreachable)
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(error).not.toHaveProperty('cause')
  })
})
