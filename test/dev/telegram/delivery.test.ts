import { describe, expect, it } from 'vitest'
import type { TelegramEmulator } from '../../../lib/dev/telegram/emulator.ts'
import { BASE_MS, call, gate, start, startHook, startWithHook, type Hook } from './kit.ts'

const HOUR_MS = 3600 * 1000

/** A clock that stands until it is moved. */
function clock(): { now: () => number; advance: (ms: number) => void } {
  let now = Date.now()
  return {
    now: () => now,
    advance: (ms) => {
      now += ms
    },
  }
}

const delivered = (telegram: TelegramEmulator): Promise<boolean> =>
  telegram.waitFor(() => telegram.pending === 0)

const gapsInSeconds = (hook: Hook, baseMs: number): number[] =>
  hook.received.slice(1).map(({ at }, index) => (at - (hook.received[index]?.at ?? 0)) / baseMs)

describe('redelivery', () => {
  it('comes at once, then after 2, 4, 8 … seconds', async () => {
    const baseMs = 20
    const { telegram, hook } = await startWithHook({ retry: { baseMs } })
    hook.answer = (_, count) => ({ status: count < 6 ? 503 : 204 })
    const id = telegram.sendText(telegram.user(), 'x')
    await delivered(telegram)
    expect(hook.ids()).toEqual([id, id, id, id, id, id])
    expect(telegram.deliveries.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 503],
      [2, 503],
      [3, 503],
      [4, 503],
      [5, 503],
      [6, 204],
    ])
    const [first = 99, ...later] = gapsInSeconds(hook, baseMs)
    expect(first).toBeLessThan(later[2] ?? 0)
    // A timer may fire a fraction of a millisecond early.
    for (const [index, seconds] of [2, 4, 8, 16].entries()) {
      expect(later[index]).toBeGreaterThanOrEqual(seconds - 1 / baseMs)
    }
  })

  it('waits no longer than a random cap of 60 to 120 seconds', async () => {
    const { telegram, hook } = await startWithHook({ retry: { baseMs: 10, capMs: 100 }, random: () => 0.5 })
    hook.answer = (_, count) => ({ status: count < 9 ? 500 : 200 })
    telegram.sendText(telegram.user(), 'x')
    const started = performance.now()
    await delivered(telegram)
    // 0 + 2 + 4 + 8 + 15 four times is 74 s; without the cap it would be 0 + 2 + … + 128 = 254 s.
    expect(performance.now() - started).toBeLessThan(2000)
    expect(hook.received).toHaveLength(9)
  })

  it('waits as long as Retry-After says, which does not lengthen the back-off', async () => {
    const { telegram, hook } = await startWithHook()
    hook.answer = (_, count) => ({
      status: count < 4 ? 429 : 200,
      headers: count < 4 ? { 'retry-after': '5' } : {},
    })
    telegram.sendText(telegram.user(), 'x')
    await delivered(telegram)
    for (const gap of gapsInSeconds(hook, BASE_MS)) expect(gap).toBeGreaterThanOrEqual(5 - 1 / BASE_MS)
    expect(hook.received).toHaveLength(4)
  })

  it('drops an update whose next try would come after its end', async () => {
    const { telegram, hook } = await startWithHook({ retry: { baseMs: 1000 } })
    hook.answer = () => ({ status: 503, headers: { 'retry-after': '99999' } })
    const ada = telegram.user()
    const { result } = await call(telegram, 'sendMessage', {
      chat_id: ada.id,
      text: 'x',
      reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] },
    })
    telegram.press(ada, result.message_id as number, 'a')
    // Retry-After counts as 3600 s at most: past the end of a callback query, before that of a message.
    await delivered(telegram)
    telegram.sendText(ada, 'x')
    await telegram.waitFor(() => telegram.deliveries.length === 2)
    expect(telegram.pending).toBe(1)
  })

  it('takes any 2xx for success, and a redirect for a failure that it does not follow', async () => {
    const { telegram, hook } = await startWithHook()
    const other = await startHook()
    hook.answer = (_, count) =>
      count === 1 ? { status: 302, headers: { location: other.url } } : { status: 299 }
    telegram.sendText(telegram.user(), 'x')
    await delivered(telegram)
    expect(telegram.deliveries.map(({ status }) => status)).toEqual([302, 299])
    expect(other.received).toEqual([])
    expect(telegram.webhookInfo().last_error_message).toBe('Wrong response from the webhook: 302 Found')
  })

  it('treats silence, a cut connection and an absent server as failures', async () => {
    const { telegram, hook } = await startWithHook({ responseTimeoutMs: 300 })
    const wait = gate()
    hook.answer = async (_, count) => {
      if (count === 1) await wait.opened
      return { status: 200 }
    }
    telegram.sendText(telegram.user(), 'x')
    await delivered(telegram)
    wait.open()
    expect(telegram.deliveries).toMatchObject([{ status: 0, error: 'Read timeout expired' }, { status: 200 }])
    await call(telegram, 'setWebhook', { url: 'http://127.0.0.1:1/' })
    telegram.sendText(telegram.user(), 'x')
    await telegram.waitFor(() => telegram.webhookInfo().last_error_message === 'Connection refused')
    expect(telegram.webhookInfo()).toMatchObject({
      pending_update_count: 1,
      last_error_date: expect.any(Number) as number,
    })
  })

  it('never leaves this machine', async () => {
    const telegram = await start()
    const answer = await call(telegram, 'setWebhook', { url: 'https://bot.example.org/webhook' })
    expect(answer.ok).toBe(true)
    telegram.sendText(telegram.user(), 'x')
    await telegram.waitFor(() => telegram.deliveries.length > 0)
    expect(telegram.deliveries[0]).toMatchObject({
      status: 0,
      error: 'Connection refused: not a loopback host',
    })
  })

  it('takes the webhook away after 23 hours of 410', async () => {
    const time = clock()
    const { telegram, hook } = await startWithHook({ now: time.now })
    hook.answer = () => {
      time.advance(HOUR_MS)
      return { status: 410 }
    }
    const [ada, bob] = [telegram.user(), telegram.user()]
    telegram.sendText(ada, 'x')
    await telegram.waitFor(() => hook.received.length >= 3)
    expect(telegram.webhookInfo().url).toBe(hook.url)
    time.advance(22 * HOUR_MS)
    telegram.sendText(bob, 'y')
    await telegram.waitFor(() => telegram.webhookInfo().url === '')
  })
})

describe('order', () => {
  it('has one message of a chat in flight, and chats side by side', async () => {
    const { telegram, hook } = await startWithHook()
    const wait = gate()
    hook.answer = async () => {
      await wait.opened
      return { status: 200 }
    }
    const users = [telegram.user(), telegram.user(), telegram.user()]
    const ids = users.map((user) => [1, 2, 3, 4].map((n) => telegram.sendText(user, `message ${n}`)))
    await telegram.waitFor(() => telegram.pending === 12)
    await hasOpen(hook, 3)
    wait.open()
    await delivered(telegram)
    expect(hook.mostOpen).toBe(3)
    for (const own of ids) expect(hook.ids().filter((id) => own.includes(id))).toEqual(own)
  })

  it('keeps the head of a chat before its next messages, whatever it fails with', async () => {
    const { telegram, hook } = await startWithHook()
    hook.answer = (_, count) => ({ status: count < 4 ? 500 : 200 })
    const ada = telegram.user()
    const [first, second] = [telegram.sendText(ada, 'a'), telegram.sendText(ada, 'b')]
    await delivered(telegram)
    expect(hook.ids()).toEqual([first, first, first, first, second])
  })

  it('lets a button press arrive together with a message of the same chat', async () => {
    const { telegram, hook } = await startWithHook()
    const ada = telegram.user()
    const reply_markup = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] }
    const { result } = await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', reply_markup })
    const wait = gate()
    hook.answer = async () => {
      await wait.opened
      return { status: 200 }
    }
    telegram.sendText(ada, 'x')
    telegram.press(ada, result.message_id as number, 'a')
    telegram.press(ada, result.message_id as number, 'a')
    await hasOpen(hook, 2)
    wait.open()
    await delivered(telegram)
    expect(hook.mostOpen).toBe(2)
    expect(Object.keys(hook.received[1]?.update ?? {})).toContain('callback_query')
  })

  it('opens no more than max_connections', async () => {
    const { telegram, hook } = await startWithHook({}, { max_connections: 2 })
    const wait = gate()
    hook.answer = async () => {
      await wait.opened
      return { status: 200 }
    }
    for (let n = 0; n < 7; n += 1) telegram.sendText(telegram.user(), 'x')
    await hasOpen(hook, 2)
    wait.open()
    await delivered(telegram)
    expect(hook.mostOpen).toBe(2)
    expect(hook.received).toHaveLength(7)
  })
})

/** Waits until that many requests are open at the webhook. */
async function hasOpen(hook: Hook, count: number): Promise<void> {
  await expect.poll(() => hook.open, { timeout: 5000, interval: 2 }).toBe(count)
}

describe('expiry', () => {
  it('is 24 hours for a message, 150 s for a press, 30 s for an inline query', async () => {
    const time = clock()
    const telegram = await start({ now: time.now })
    const ada = telegram.user()
    const reply_markup = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] }
    const { result } = await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', reply_markup })
    telegram.sendText(ada, 'x')
    telegram.press(ada, result.message_id as number, 'a')
    telegram.deliver({ inline_query: { id: '1', from: ada, query: 'q', offset: '' } })
    const steps: [number, number][] = [
      [28_000, 3],
      [3000, 2],
      [118_000, 2],
      [3000, 1],
      [24 * HOUR_MS - 155_000, 1],
      [5000, 0],
    ]
    for (const [ms, pending] of steps) {
      time.advance(ms)
      expect([ms, telegram.pending]).toEqual([ms, pending])
    }
  })

  it('frees the chat of an update that expired while it waited for its next try', async () => {
    const time = clock()
    const { telegram, hook } = await startWithHook({ now: time.now, retry: { baseMs: 60_000 } })
    hook.answer = (_, count) => ({ status: count < 3 ? 500 : 200 })
    const ada = telegram.user()
    const first = telegram.sendText(ada, 'a')
    await telegram.waitFor(() => telegram.deliveries.length === 2)
    time.advance(25 * HOUR_MS)
    const second = telegram.sendText(ada, 'b')
    await delivered(telegram)
    expect(hook.ids()).toEqual([first, first, second])
  })
})

describe('the webhook', () => {
  it('gets what was kept while there was none', async () => {
    const telegram = await start()
    const hook = await startHook()
    const ada = telegram.user()
    const ids = [telegram.sendText(ada, 'a'), telegram.sendText(ada, 'b')]
    expect((await call(telegram, 'getWebhookInfo')).result).toEqual({
      url: '',
      has_custom_certificate: false,
      pending_update_count: 2,
    })
    await call(telegram, 'setWebhook', { url: hook.url })
    await delivered(telegram)
    expect(hook.ids()).toEqual(ids)
    expect(hook.received[0]?.headers).not.toHaveProperty('x-telegram-bot-api-secret-token')
  })

  it('starts from scratch when it changes, and not when it is only set again', async () => {
    const { telegram, hook } = await startWithHook({ retry: { baseMs: 60_000 } })
    hook.answer = () => ({ status: 500 })
    telegram.sendText(telegram.user(), 'x')
    await telegram.waitFor(() => telegram.deliveries.length === 2)
    const same = { url: hook.url, secret_token: 'hook_secret-1' }
    expect(await call(telegram, 'setWebhook', same)).toMatchObject({ description: 'Webhook is already set' })
    expect(telegram.deliveries).toHaveLength(2)
    hook.answer = () => ({ status: 200 })
    expect(await call(telegram, 'setWebhook', { ...same, secret_token: 'other' })).toMatchObject({
      description: 'Webhook was set',
    })
    await delivered(telegram)
    expect(telegram.deliveries[2]).toMatchObject({ attempt: 1, status: 200 })
    expect(hook.received[2]?.headers['x-telegram-bot-api-secret-token']).toBe('other')
    expect(telegram.webhookInfo()).not.toHaveProperty('last_error_message')
  })

  it('has no say any more once another is set, even if it answers then', async () => {
    const { telegram, hook: old } = await startWithHook()
    const wait = gate()
    old.answer = async () => {
      await wait.opened
      return { status: 200 }
    }
    const next = await startHook()
    let isBroken = true
    next.answer = () => ({ status: isBroken ? 503 : 200 })
    const id = telegram.sendText(telegram.user(), 'x')
    await hasOpen(old, 1)
    await call(telegram, 'setWebhook', { url: next.url })
    wait.open()
    await telegram.waitFor(() => telegram.deliveries.some(({ status }) => status === 200))
    expect(telegram.pending).toBe(1)
    isBroken = false
    await delivered(telegram)
    expect(new Set(next.ids())).toEqual(new Set([id]))
  })

  it('is refused without https outside of this machine, with a bad secret or connection count', async () => {
    const telegram = await start()
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ url: 'http://example.org/hook' }, /HTTPS URL must be provided/],
      [{ url: 'ftp://127.0.0.1/hook' }, /HTTPS URL must be provided/],
      [{ url: 'https://example.org:3000/hook' }, /only on ports 80, 88, 443 or 8443/],
      [{ url: 'nowhere' }, /invalid URL/],
      [{ url: 'http://127.0.0.1/', secret_token: 'a b' }, /unallowed characters/],
      [{ url: 'http://127.0.0.1/', secret_token: 'a'.repeat(257) }, /too long/],
      [{ url: 'http://127.0.0.1/', max_connections: 101 }, /between 1 and 100/],
      [{ url: 'http://127.0.0.1/', max_connections: 0 }, /between 1 and 100/],
      [{ url: 'http://127.0.0.1/', allowed_updates: '"message"' }, /allowed_updates/],
      [{}, /parameter "url" is required/],
    ]
    for (const [params, description] of wrong) {
      const answer = await call(telegram, 'setWebhook', params)
      expect(answer).toMatchObject({ status: 400, description: expect.stringMatching(description) as string })
    }
    for (const url of ['http://localhost:1/', 'http://[::1]:1/', 'https://example.org:8443/hook']) {
      expect((await call(telegram, 'setWebhook', { url })).ok).toBe(true)
    }
    expect(telegram.webhookInfo().url).toBe('https://example.org:8443/hook')
    expect((await call(telegram, 'setWebhook', { url: '' })).description).toBe('Webhook was deleted')
    expect((await call(telegram, 'deleteWebhook')).description).toBe('Webhook is already deleted')
  })

  it('may answer with a call of a method', async () => {
    const { telegram, hook } = await startWithHook()
    const ada = telegram.user()
    const reply = { method: 'sendMessage', chat_id: ada.id, text: 'by the way' }
    hook.answer = () => ({ status: 200, body: JSON.stringify(reply) })
    telegram.sendText(ada, 'x')
    await telegram.waitFor(() => telegram.calls.at(-1)?.status === 200 && telegram.pending === 0)
    expect(telegram.calls.at(-1)?.method).toBe('sendMessage')
    expect(telegram.replies(ada)).toEqual(['by the way'])
  })
})

describe('allowed_updates', () => {
  it('left out keeps the setting, empty means all but the three that need asking', async () => {
    const { telegram, hook } = await startWithHook({}, { allowed_updates: ['message'] })
    const ada = telegram.user()
    const reaction = { message_reaction: { chat: { id: ada.id, type: 'private' }, message_id: 1, date: 1 } }
    const edit = (): number => {
      const id = telegram.sendText(ada, 'x')
      return telegram.sendText(ada, 'y', { edit: telegram.messageOf(id).message_id })
    }
    edit()
    await delivered(telegram)
    expect(hook.received.map(({ update }) => Object.keys(update)[1])).toEqual(['message'])
    telegram.deliver({ something_new: {} })
    await delivered(telegram)
    expect(hook.received[1]?.update).toHaveProperty('something_new')
    await call(telegram, 'setWebhook', { url: hook.url, max_connections: 7 })
    expect(telegram.webhookInfo()).toMatchObject({ allowed_updates: ['message'], max_connections: 7 })
    await call(telegram, 'setWebhook', { url: hook.url, allowed_updates: [] })
    expect(telegram.webhookInfo()).not.toHaveProperty('allowed_updates')
    hook.received.length = 0
    edit()
    telegram.deliver(reaction)
    telegram.deliver({ something_new: {} })
    await delivered(telegram)
    const kinds = hook.received.map(({ update }) => Object.keys(update).find((key) => key !== 'update_id'))
    expect(new Set(kinds)).toEqual(new Set(['edited_message', 'message', 'something_new']))
    await call(telegram, 'setWebhook', { url: hook.url, allowed_updates: ['message_reaction', 'no_such'] })
    expect(telegram.webhookInfo().allowed_updates).toEqual(['message_reaction'])
    hook.received.length = 0
    telegram.deliver(reaction)
    await delivered(telegram)
    expect(hook.received).toHaveLength(1)
  })
})

describe('faults of delivery', () => {
  it('posts each update several times at once', async () => {
    const { telegram, hook } = await startWithHook()
    telegram.delivery.duplicate(3)
    const wait = gate()
    hook.answer = async () => {
      await wait.opened
      return { status: 200 }
    }
    const id = telegram.sendText(telegram.user(), 'x')
    await hasOpen(hook, 3)
    wait.open()
    await delivered(telegram)
    expect(hook.ids()).toEqual([id, id, id])
  })

  it('loses answers, so that the update comes again', async () => {
    const { telegram, hook } = await startWithHook()
    telegram.delivery.dropAnswer(2)
    const id = telegram.sendText(telegram.user(), 'x')
    await delivered(telegram)
    expect(hook.ids()).toEqual([id, id, id])
    expect(telegram.deliveries.map(({ status }) => status)).toEqual([0, 0, 200])
  })

  it('delivers the newest of a chat first', async () => {
    const { telegram, hook } = await startWithHook()
    telegram.delivery.outOfOrder = true
    const ada = telegram.user()
    const [a, b, c] = [telegram.sendText(ada, 'a'), telegram.sendText(ada, 'b'), telegram.sendText(ada, 'c')]
    await delivered(telegram)
    expect(hook.ids()).toEqual([c, b, a])
  })
})

describe('getUpdates', () => {
  it('keeps updates until a higher offset confirms them', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const ids = ['a', 'b', 'c'].map((text) => telegram.sendText(ada, text))
    const get = async (params: Record<string, unknown> = {}): Promise<number[]> => {
      const { result } = await call(telegram, 'getUpdates', params)
      return (result as { update_id: number }[]).map(({ update_id }) => update_id)
    }
    expect(await get()).toEqual(ids)
    expect(await get({ limit: 2 })).toEqual(ids.slice(0, 2))
    expect(await get({ offset: ids[1] })).toEqual(ids.slice(1))
    expect(telegram.pending).toBe(2)
    expect(await get({ offset: -1 })).toEqual(ids.slice(2))
    expect(await get({ offset: ids[2]! + 1 })).toEqual([])
  })

  it('waits for the first update', async () => {
    const telegram = await start()
    const polling = call(telegram, 'getUpdates', { timeout: 50 })
    await telegram.waitFor(() => telegram.calls.length === 1)
    const id = telegram.sendText(telegram.user(), 'x')
    expect((await polling).result).toMatchObject([{ update_id: id }])
  })

  it('gives way to a newer poll and to a webhook with 409', async () => {
    const telegram = await start()
    const hook = await startHook()
    const first = call(telegram, 'getUpdates', { timeout: 50 })
    await telegram.waitFor(() => telegram.calls.length === 1)
    const second = call(telegram, 'getUpdates', { timeout: 50 })
    expect(await first).toMatchObject({
      status: 409,
      description: expect.stringMatching(/terminated by other getUpdates/) as string,
    })
    await call(telegram, 'setWebhook', { url: hook.url })
    expect(await second).toMatchObject({
      status: 409,
      description: expect.stringMatching(/terminated by setWebhook/) as string,
    })
    expect(await call(telegram, 'getUpdates')).toMatchObject({
      status: 409,
      description: expect.stringMatching(/webhook is active/) as string,
    })
  })
})
