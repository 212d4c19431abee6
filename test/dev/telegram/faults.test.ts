import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { call, start, TOKEN } from './kit.ts'

describe('faults of methods', () => {
  it('answer with a status and Telegram’s words, as often as told', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const send = (): ReturnType<typeof call> => call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x' })
    telegram.faults.set('sendMessage', { status: 502, times: 2 })
    expect(await send()).toMatchObject({ status: 502, error_code: 502, description: 'Bad Gateway' })
    expect((await send()).status).toBe(502)
    expect((await send()).ok).toBe(true)
    telegram.faults.set('sendMessage', { status: 403, description: 'Forbidden: user is deactivated' })
    expect(await send()).toMatchObject({ status: 403, description: 'Forbidden: user is deactivated' })
    expect((await call(telegram, 'getMe')).ok).toBe(true)
    telegram.faults.clear()
    expect((await send()).ok).toBe(true)
    expect(telegram.calls.map(({ status }) => status)).toEqual([502, 502, 200, 403, 200, 200])
    expect(telegram.replies(ada)).toHaveLength(2)
  })

  it('tell with 429 how long to wait, in the body and in a header', async () => {
    const telegram = await start()
    telegram.faults.set('*', { status: 429, retryAfterSeconds: 600 })
    const response = await fetch(`${telegram.url}/bot${TOKEN}/getMe`)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('600')
    expect(await response.json()).toEqual({
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 600',
      parameters: { retry_after: 600 },
    })
  })

  it('can be meant for one chat, or one method', async () => {
    const telegram = await start()
    const [ada, bob] = [telegram.user(), telegram.user()]
    const send = async (chat_id: number): Promise<number> =>
      (await call(telegram, 'sendMessage', { chat_id, text: 'x' })).status
    telegram.faults.set('*', { status: 500 })
    telegram.faults.set('sendMessage', { status: 502 })
    telegram.faults.set('sendMessage', { status: 403, chatId: bob.id })
    expect([await send(ada.id), await send(bob.id), (await call(telegram, 'getMe')).status]).toEqual([
      502, 403, 500,
    ])
    expect(telegram.faults.list()).toHaveLength(3)
    telegram.faults.clear('sendMessage')
    expect([await send(ada.id), (await call(telegram, 'getMe')).status]).toEqual([500, 500])
  })

  it('leave a call without an answer, done or undone', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const send = (signal?: AbortSignal): Promise<Response> =>
      fetch(
        `${telegram.url}/bot${TOKEN}/sendMessage?chat_id=${ada.id}&text=x`,
        signal === undefined ? {} : { signal },
      )
    for (const [hang, replies] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      telegram.faults.set('sendMessage', { hang, times: 1 })
      const client = new AbortController()
      const answer = send(client.signal)
      const count = telegram.calls.length
      await telegram.waitFor(() => telegram.calls.length > count && telegram.replies(ada).length === replies)
      client.abort()
      await expect(answer).rejects.toThrow('abort')
      expect(telegram.calls.at(-1)?.status).toBeNull()
    }
    for (const [reset, replies] of [
      ['before', 1],
      ['after', 2],
    ] as const) {
      telegram.faults.set('sendMessage', { reset, times: 1 })
      await expect(send()).rejects.toThrow('fetch failed')
      expect(telegram.replies(ada)).toHaveLength(replies)
    }
  })

  it('answer with HTML, with half of the JSON, or with an error after the deed', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const send = async (): Promise<{ status: number; type: string | null; text: string }> => {
      const response = await fetch(`${telegram.url}/bot${TOKEN}/sendMessage?chat_id=${ada.id}&text=x`)
      const type = response.headers.get('content-type')
      return { status: response.status, type, text: await response.text() }
    }
    telegram.faults.set('sendMessage', { htmlBody: '<h1>Bad Gateway</h1>', times: 1 })
    expect(await send()).toEqual({ status: 502, type: 'text/html', text: '<h1>Bad Gateway</h1>' })
    expect(telegram.replies(ada)).toHaveLength(0)
    telegram.faults.set('sendMessage', { truncated: true, times: 1 })
    const { status, text } = await send()
    expect([status, text.slice(0, 11)]).toEqual([200, '{"ok":true,'])
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
    telegram.faults.set('sendMessage', { status: 500, applied: true, times: 1 })
    expect((await send()).status).toBe(500)
    expect(telegram.replies(ada)).toHaveLength(2)
  })
})

describe('the token', () => {
  it('can be revoked and restored', async () => {
    const telegram = await start()
    telegram.revokeToken()
    expect(await call(telegram, 'getMe')).toMatchObject({ status: 401, description: 'Unauthorized' })
    telegram.restoreToken()
    expect((await call(telegram, 'getMe')).ok).toBe(true)
  })
})

describe('latency', () => {
  it('delays each answer', async () => {
    const telegram = await start({ latencyMs: 30 })
    const started = performance.now()
    await call(telegram, 'getMe')
    expect(performance.now() - started).toBeGreaterThanOrEqual(29)
  })
})

describe('close', () => {
  it('ends long polls, hanging calls and deliveries, and leaves nothing that keeps a process alive', async () => {
    const script = fileURLToPath(new URL('close.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
      timeout: 15_000,
    })
    const { closeMs, ...rest } = JSON.parse(stdout) as { closeMs: number }
    expect(rest).toEqual({ poll: 409, hanging: 'ECONNRESET', left: [] })
    // It does not wait for what it has to end itself.
    expect(closeMs).toBeLessThan(900)
  })

  it('lets the call finish whose effect was just seen', async () => {
    const telegram = await start({ latencyMs: 20 })
    const ada = telegram.user()
    const answer = call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x' })
    await telegram.waitFor(() => telegram.replies(ada).length === 1)
    await telegram.close()
    expect((await answer).ok).toBe(true)
  })
})
