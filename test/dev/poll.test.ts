import { describe, expect, it, vi } from 'vitest'
import { pollRealTelegram, WebhookIsSetError, type PollOptions } from '../../lib/dev/poll.ts'
import type { TelegramEmulator } from '../../lib/dev/telegram/emulator.ts'
import { call, closeLater, deadUrl, SECRET, start, startHook, TOKEN, type Hook } from './telegram/kit.ts'

interface Polling {
  telegram: TelegramEmulator
  hook: Hook
  lines: string[]
  /** Ends the polling and gives its result. */
  stop: () => Promise<void>
  done: Promise<void>
}

async function poll(
  options: Partial<PollOptions> = {},
  prepare: (telegram: TelegramEmulator, hook: Hook) => unknown = () => undefined,
): Promise<Polling> {
  const telegram = await start()
  const hook = await startHook()
  await prepare(telegram, hook)
  const lines: string[] = []
  const controller = new AbortController()
  const done = pollRealTelegram({
    token: TOKEN,
    apiRoot: telegram.url,
    webhookUrl: hook.url,
    secret: SECRET,
    allowedUpdates: ['message'],
    log: (line) => lines.push(line),
    signal: controller.signal,
    retry: { baseMs: 1, capMs: 8 },
    ...options,
  })
  done.catch(() => undefined)
  const stop = (): Promise<void> => {
    controller.abort()
    return done
  }
  closeLater(() => stop().catch(() => undefined))
  return { telegram, hook, lines, stop, done }
}

const arrived = (hook: Hook, count: number): Promise<void> =>
  vi.waitFor(() => expect(hook.received.length).toBeGreaterThanOrEqual(count), { timeout: 5000, interval: 2 })

describe('pollRealTelegram', () => {
  it('forwards updates in order with the secret, and confirms them', async () => {
    const { telegram, hook, lines, stop } = await poll()
    const [ada, bob] = [telegram.user(), telegram.user()]
    const ids = [ada, bob, ada, bob].map((user, index) => telegram.sendText(user, `message ${index}`))
    await telegram.waitFor(() => telegram.pending === 0)
    expect(hook.ids()).toEqual(ids)
    expect(hook.received[0]?.update).toEqual(telegram.update(ids[0] ?? 0))
    expect(hook.received[0]?.headers['x-telegram-bot-api-secret-token']).toBe(SECRET)
    expect(telegram.calls.find(({ method }) => method === 'getUpdates')?.params.allowed_updates).toEqual([
      'message',
    ])
    ids.push(telegram.sendText(ada, 'one more'))
    await telegram.waitFor(() => telegram.pending === 0)
    await stop()
    expect(hook.ids()).toEqual(ids)
    expect(lines).toEqual([])
    expect(telegram.violations).toEqual([])
  })

  it('confirms nothing that the webhook has not taken', async () => {
    const { telegram, hook, lines } = await poll()
    let broken = true
    hook.answer = () => (broken ? { status: 503 } : { status: 200 })
    const ada = telegram.user()
    const [first, second] = [telegram.sendText(ada, 'a'), telegram.sendText(ada, 'b')]
    await arrived(hook, 4)
    expect(new Set(hook.ids())).toEqual(new Set([first]))
    expect(telegram.pending).toBe(2)
    broken = false
    await telegram.waitFor(() => telegram.pending === 0)
    expect(hook.ids().at(-1)).toBe(second)
    expect(lines[0]).toBe(`the webhook did not take update ${first} (HTTP 503); trying again`)
    expect(lines.at(-1)).toBe('the webhook takes updates again')
  })

  it('leaves to Telegram what it had not forwarded when it was ended', async () => {
    const { telegram, hook, stop } = await poll()
    hook.answer = (_, count) => (count === 1 ? { status: 200 } : { status: 503 })
    const ada = telegram.user()
    const ids = ['a', 'b', 'c'].map((text) => telegram.sendText(ada, text))
    await arrived(hook, 2)
    await stop()
    const { result } = await call(telegram, 'getUpdates')
    expect((result as { update_id: number }[]).map(({ update_id }) => update_id)).toEqual(ids.slice(1))
  })

  it('does not follow a redirect', async () => {
    const { telegram, hook } = await poll()
    const other = await startHook()
    hook.answer = (_, count) =>
      count === 1 ? { status: 307, headers: { location: other.url } } : { status: 200 }
    telegram.sendText(telegram.user(), 'x')
    await telegram.waitFor(() => telegram.pending === 0)
    expect([hook.received.length, other.received.length]).toEqual([2, 0])
  })

  it('refuses a bot whose webhook is set, and touches nothing', async () => {
    const url = 'https://bot.example.org/secret-path'
    const { telegram, done } = await poll({}, (telegram) => call(telegram, 'setWebhook', { url }))
    const error = await done.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WebhookIsSetError)
    expect(error).toMatchObject({ host: 'bot.example.org' })
    expect(String(error)).not.toContain('secret-path')
    expect(telegram.webhookInfo().url).toBe(url)
    expect(telegram.calls.map(({ method }) => method)).toEqual(['setWebhook', 'getWebhookInfo'])
  })

  it('takes the bot over when told to, without dropping what is pending', async () => {
    let id = 0
    const { telegram, hook, lines } = await poll({ takeOver: true }, async (telegram) => {
      await call(telegram, 'setWebhook', { url: 'https://bot.example.org/' })
      id = telegram.sendText(telegram.user(), 'x')
    })
    await telegram.waitFor(() => telegram.pending === 0)
    expect(hook.ids()).toEqual([id])
    expect(lines).toEqual([
      'took the bot over from the webhook on bot.example.org; nothing pending was dropped',
    ])
  })

  it('ends when another program sets a webhook meanwhile', async () => {
    const { telegram, done } = await poll()
    await telegram.waitFor(() => telegram.calls.some(({ method }) => method === 'getUpdates'))
    await call(telegram, 'setWebhook', { url: 'https://bot.example.org/' })
    await expect(done).rejects.toThrow('a webhook on bot.example.org')
  })

  it('waits out what Telegram fails with', async () => {
    const { telegram, hook, lines } = await poll({}, (telegram) => {
      telegram.faults.set('getWebhookInfo', { status: 502, times: 1 })
      telegram.faults.set('getUpdates', { htmlBody: '<html>', times: 2 })
    })
    const id = telegram.sendText(telegram.user(), 'x')
    await telegram.waitFor(() => telegram.pending === 0)
    telegram.faults.set('getUpdates', { reset: 'before', times: 1 })
    const next = telegram.sendText(telegram.user(), 'y')
    await telegram.waitFor(() => telegram.pending === 0)
    expect(hook.ids()).toEqual([id, next])
    expect(lines.slice(0, 2)).toEqual([
      'Telegram: getWebhookInfo failed (Bad Gateway); trying again',
      'Telegram answers again',
    ])
  })

  it('names neither the token nor the secret in anything', async () => {
    const unknown = await poll({ token: '1:wrong-token' })
    await expect(unknown.done).rejects.toThrow('Telegram does not know the bot token')
    const { lines, stop } = await poll({ apiRoot: await deadUrl() })
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(1), { timeout: 5000, interval: 2 })
    await stop()
    expect(lines[0]).toBe('Telegram: getWebhookInfo failed (ECONNREFUSED); trying again')
    const dead = await poll({ webhookUrl: (await deadUrl()).replace('//', `//${SECRET}:x@`) })
    dead.telegram.sendText(dead.telegram.user(), 'x')
    await vi.waitFor(() => expect(dead.lines.length).toBeGreaterThan(1), { timeout: 5000, interval: 2 })
    await dead.stop()
    expect([...lines, ...dead.lines].join('\n')).not.toMatch(/test-secret|hook_secret/)
  })
})
