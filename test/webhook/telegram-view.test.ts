import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprint } from '../../lib/config.ts'
import { TelegramRefused, TelegramUnreachable } from '../../lib/errors.ts'
import { createRedactor } from '../../lib/log.ts'
import { readSnapshot } from '../../lib/state/snapshot.ts'
import {
  ALLOWED_UPDATES,
  FRESH_AFTER_FAILURE_MS,
  FRESH_MS,
  isFresh,
  refreshView,
  registerWebhook,
  webhookUrl,
  type ViewDeps,
} from '../../lib/webhook/telegram-view.ts'
import { isToldSecret, recordSecret } from '../../lib/webhook/secret.ts'
import { describeEngines, openStore } from '../support/store.ts'
import { until } from '../support/until.ts'
import {
  createTime,
  openVirtualStore,
  recordLog,
  stubTelegram,
  type RecordedLog,
  type StubTelegram,
  type VirtualStore,
  type VirtualTime,
} from '../support/virtual.ts'

const SECRET = 'the-webhook-secret-0123456789'
const HOOK_URL = 'https://bot.example.com/webhook'
const DAY_MS = 24 * 3600_000
const [BOT_ID, HALF] = ['123456', 'AAE-canary-of-the-bot-token_0123456']
const TOKEN = `${BOT_ID}:${HALF}`
const config = {
  publicUrl: 'https://bot.example.com' as string | null,
  isPreview: false,
  webhookSecret: SECRET,
}
const info = (fields: object) => () => ({ url: HOOK_URL, pending_update_count: 0, ...fields })

describeEngines("Telegram's view", (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  let telegram: StubTelegram
  let log: RecordedLog
  beforeEach(() => {
    time = createTime()
    store = openVirtualStore(test, time)
    telegram = stubTelegram()
    log = recordLog()
  })
  afterEach(() => expect(JSON.stringify(log.lines)).not.toContain(SECRET))
  const deps = (given: Partial<ViewDeps['config']> = {}): ViewDeps => ({
    store,
    config: { ...config, ...given },
    call: telegram.call,
    log: log.log,
    redact: createRedactor([TOKEN, HALF, SECRET]),
  })
  const view = async () => (await readSnapshot(store)).telegram
  const times = (method: string) => telegram.methods().filter((made) => made === method).length

  it('is read by one of many callers, and kept for a minute', async () => {
    telegram.on('getWebhookInfo', info({ pending_update_count: 3, allowed_updates: [...ALLOWED_UPDATES] }))
    await Promise.all(Array.from({ length: 8 }, () => refreshView(deps())))
    const look = { checkedAtMs: time.nowMs, ok: true, url: HOOK_URL, matches: true, pendingUpdateCount: 3 }
    const faults = { lastError: null, lastErrorAtMs: null, error: null, repairedAtMs: null }
    expect(await view()).toEqual({ ...look, ...faults })
    time.nowMs += FRESH_MS - 1
    await refreshView(deps())
    expect(telegram.methods()).toEqual(['getWebhookInfo'])
    time.nowMs += 1
    await refreshView(deps())
    expect(telegram.methods()).toEqual(['getWebhookInfo', 'getWebhookInfo'])
  })

  it('is read and repaired also after a clock was set back', async () => {
    await refreshView(deps())
    time.nowMs -= 2 * DAY_MS
    telegram.on('getWebhookInfo', info({ url: '' }))
    await refreshView(deps())
    expect(telegram.methods().slice(3)).toEqual(['getWebhookInfo', 'setWebhook', 'getWebhookInfo'])
  })

  it('is read again 5 s after a failure, and keeps the last values', async () => {
    telegram.on(
      'getWebhookInfo',
      info({ last_error_date: 1_789_999_000, last_error_message: 'Wrong response' }),
    )
    await refreshView(deps())
    const known = {
      url: HOOK_URL,
      matches: true,
      lastError: 'Wrong response',
      lastErrorAtMs: 1_789_999_000_000,
    }
    expect(await view()).toMatchObject({ ok: true, ...known })
    telegram.on('getWebhookInfo', new TelegramUnreachable('getWebhookInfo', 'timeout'))
    time.nowMs += FRESH_MS
    await refreshView(deps())
    const error = 'TelegramUnreachable: Telegram was not reached for getWebhookInfo: timeout'
    expect(await view()).toMatchObject({ ok: false, error, checkedAtMs: time.nowMs, ...known })
    time.nowMs += FRESH_AFTER_FAILURE_MS - 1
    await refreshView(deps())
    expect(times('getWebhookInfo')).toBe(2)
    time.nowMs += 1
    telegram.on('getWebhookInfo', info({}))
    await refreshView(deps())
    expect(await view()).toMatchObject({ ok: true, error: null, lastError: null, lastErrorAtMs: null })
  })

  it.each([
    [null],
    ['words'],
    [[]],
    [{}],
    [{ url: 5 }],
    [{ url: HOOK_URL, pending_update_count: '3' }],
    [{ url: HOOK_URL, allowed_updates: 'message' }],
    [{ url: HOOK_URL, last_error_date: 'today' }],
  ])('is a failed check for a reply of the shape %j', async (reply) => {
    telegram.on('getWebhookInfo', () => reply)
    await refreshView(deps())
    expect(await view()).toMatchObject({ ok: false, error: expect.stringContaining('ZodError') })
    expect(times('setWebhook')).toBe(0)
    expect(log.count('telegram check failed')).toBe(1)
  })

  it('is repaired when the webhook points elsewhere: once a day, after that it is logged as an error', async () => {
    const steal = () => telegram.call('setWebhook', { url: 'https://elsewhere.example.com' })
    await steal()
    await refreshView(deps())
    expect(telegram.calls.at(-2)).toMatchObject({
      method: 'setWebhook',
      params: { url: HOOK_URL, secret_token: SECRET },
    })
    expect(await view()).toMatchObject({ url: HOOK_URL, matches: true, repairedAtMs: time.nowMs })
    expect(await isToldSecret(store, fingerprint(SECRET))).toBe(true)
    await steal()
    const before = times('setWebhook')
    for (const pauseMs of [FRESH_MS, DAY_MS - FRESH_MS - 1]) {
      time.nowMs += pauseMs
      await refreshView(deps())
    }
    expect(times('setWebhook')).toBe(before)
    expect(log.count('webhook drift again, not repaired')).toBe(2)
    expect(await view()).toMatchObject({ url: 'https://elsewhere.example.com', matches: false })
    time.nowMs += FRESH_MS
    await refreshView(deps())
    expect(await view()).toMatchObject({ url: HOOK_URL, matches: true })
    expect(log.count('webhook repaired')).toBe(2)
  })

  it('of a drift that is not repaired again is read and logged once a minute', async () => {
    const steal = () => telegram.call('setWebhook', { url: 'https://elsewhere.example.com' })
    await steal()
    await refreshView(deps())
    await steal()
    time.nowMs += FRESH_MS
    await refreshView(deps())
    const alarms = () => log.count('webhook drift again, not repaired')
    const before = times('getWebhookInfo')
    expect(alarms()).toBe(1)
    for (let minute = 1; minute <= 3; minute++) {
      for (const pauseMs of [FRESH_AFTER_FAILURE_MS, FRESH_MS - FRESH_AFTER_FAILURE_MS - 1, 1]) {
        time.nowMs += pauseMs
        // isFresh() gives the same answer as the claim.
        expect(isFresh(await view(), time.nowMs)).toBe(pauseMs !== 1)
        await refreshView(deps())
        expect(times('getWebhookInfo') - before).toBe(pauseMs === 1 ? minute : minute - 1)
      }
    }
    expect(alarms()).toBe(4)
    // Once it may be repaired again, its finder may die at that again.
    time.nowMs += DAY_MS
    telegram.on('setWebhook', () => new Promise(() => {}))
    const repairs = times('setWebhook')
    void refreshView(deps())
    await until('the repair to begin', () => times('setWebhook') === repairs + 1)
    time.nowMs += FRESH_AFTER_FAILURE_MS - 1
    expect(isFresh(await view(), time.nowMs)).toBe(true)
    time.nowMs += 1
    expect(isFresh(await view(), time.nowMs)).toBe(false)
  })

  it('is read again after 5 s when the invocation that found a drift died before the repair', async () => {
    telegram.on('setWebhook', () => new Promise(() => {}))
    void refreshView(deps())
    await until('the repair to begin', () => times('setWebhook') === 1)
    telegram.on('setWebhook', () => {
      telegram.on('getWebhookInfo', info({}))
      return true
    })
    time.nowMs += FRESH_AFTER_FAILURE_MS - 1
    await refreshView(deps())
    expect(times('getWebhookInfo')).toBe(1)
    time.nowMs += 1
    await refreshView(deps())
    expect(times('setWebhook')).toBe(2)
    expect(await view()).toMatchObject({ matches: true })
  })

  it('is repaired again after a restart, because a restart does not count as a repair', async () => {
    await refreshView(deps())
    expect(log.lines).toMatchObject([{ drift: 'no webhook is set' }, { event: 'webhook repaired' }])
    await registerWebhook(deps(), HOOK_URL, false)
    expect(await view()).toMatchObject({ repairedAtMs: null })
    telegram.on('getWebhookInfo', info({ url: '' }))
    time.nowMs += FRESH_MS
    await refreshView(deps())
    expect(times('setWebhook')).toBe(3)
  })

  it.each([
    ['update kinds missing', { allowed_updates: ['message'] }, true],
    ['the default kinds', {}, false],
    ['an empty list of kinds', { allowed_updates: [] }, false],
    ['more kinds', { allowed_updates: [...ALLOWED_UPDATES, 'poll'] }, false],
    [
      'a refused secret',
      { last_error_message: 'Wrong response: 401 Unauthorized', last_error_date: -119 },
      true,
    ],
    [
      'a refusal of old',
      { last_error_message: 'Wrong response: 401 Unauthorized', last_error_date: -120 },
      false,
    ],
    ['another error', { last_error_message: 'Wrong response: 503', last_error_date: -1 }, false],
    ['another number', { last_error_message: 'Read 4010 bytes', last_error_date: -1 }, false],
  ])('with %s', async (_name, given, isDrift) => {
    const { last_error_date: ago, ...rest } = given as { last_error_date?: number }
    const date = ago === undefined ? {} : { last_error_date: time.nowMs / 1000 + ago }
    telegram.on('getWebhookInfo', info({ ...rest, ...date }))
    await refreshView(deps())
    expect(times('setWebhook')).toBe(isDrift ? 1 : 0)
    expect(log.count('webhook drift, repairing')).toBe(isDrift ? 1 : 0)
  })

  it('recognises a rotated secret, and repairs it also after a recent repair', async () => {
    await refreshView(deps())
    telegram.on('getWebhookInfo', info({}))
    time.nowMs += FRESH_MS
    await refreshView(deps())
    expect(times('setWebhook')).toBe(1)
    time.nowMs += FRESH_MS
    await refreshView(deps({ webhookSecret: 'a-new-secret' }))
    expect(telegram.calls.findLast(({ method }) => method === 'setWebhook')?.params).toMatchObject({
      secret_token: 'a-new-secret',
    })
    time.nowMs += FRESH_MS
    await refreshView(deps({ webhookSecret: 'a-new-secret' }))
    expect(times('setWebhook')).toBe(2)
    const known = ['a-new-secret', SECRET].map((secret) => isToldSecret(store, fingerprint(secret)))
    expect(await Promise.all(known)).toEqual([true, true])
  })

  it('of a preview, or without a public URL, has no verdict and changes nothing', async () => {
    await recordSecret(store, fingerprint('another secret'))
    telegram.on('getWebhookInfo', info({ url: 'https://elsewhere.example.com', allowed_updates: ['poll'] }))
    for (const given of [{ isPreview: true }, { publicUrl: null }]) {
      await refreshView(deps(given))
      expect(await view()).toMatchObject({ ok: true, matches: null, url: 'https://elsewhere.example.com' })
      expect(webhookUrl({ ...config, ...given })).toBeNull()
      time.nowMs += FRESH_MS
    }
    expect(telegram.methods()).toEqual(['getWebhookInfo', 'getWebhookInfo'])
  })

  describe('of a webhook with the bot’s token in its path', () => {
    const stored = async () => JSON.stringify([await store.fields(store.keys.telegram), log.lines])

    it.each([
      ['as it is', TOKEN],
      ['percent-encoded', encodeURIComponent(TOKEN)],
      ['percent-encoded in small letters', TOKEN.replace(':', '%3a')],
      ['without the bot’s id', HALF],
    ])('never shows the token: %s', async (_how, canary) => {
      const url = `https://old.example.com/${canary}`
      telegram.on('getWebhookInfo', info({ url, last_error_message: `Wrong response from ${url}` }))
      await refreshView(deps({ isPreview: true }))
      expect(await view()).toMatchObject({
        ok: true,
        url: expect.stringMatching(/^https:\/\/old\.example\.com\/.*\[secret\]$/),
        lastError: expect.stringMatching(/^Wrong response from https:\/\/old\.example\.com\/.*\[secret\]$/),
      })
      expect(await stored()).not.toContain(HALF)
      // Nor what is told where it is repaired, fails, and is not repaired again.
      time.nowMs += FRESH_MS
      telegram.on('setWebhook', new TelegramRefused('setWebhook', 400, `Bad Request: ${url} is taken`))
      await refreshView(deps())
      expect(await view()).toMatchObject({ ok: false, error: expect.stringContaining('[secret] is taken') })
      expect(JSON.stringify(await store.fields(store.keys.telegram))).not.toContain(HALF)
    })

    it('is recognised as ours, and one that lacks kinds is not reported as elsewhere', async () => {
      const own = { publicUrl: `https://bot.example.com/${HALF}` }
      const url = `${own.publicUrl}/webhook`
      telegram.on('getWebhookInfo', info({ url }))
      await refreshView(deps(own))
      expect(await view()).toMatchObject({ matches: true, url: 'https://bot.example.com/[secret]/webhook' })
      expect(times('setWebhook')).toBe(0)
      time.nowMs += FRESH_MS
      telegram.on('getWebhookInfo', info({ url, allowed_updates: ['message'] }))
      await refreshView(deps(own))
      expect(log.lines[0]).toMatchObject({ drift: 'secret refused or update kinds missing' })
      expect(await stored()).not.toContain(HALF)
    })
  })

  it('logs a refused repair, and does not throw', async () => {
    telegram.on('setWebhook', new TelegramRefused('setWebhook', 400, 'Bad Request: bad webhook'))
    await refreshView(deps())
    expect(await view()).toMatchObject({
      ok: false,
      matches: false,
      error: expect.stringContaining('bad webhook'),
    })
    expect(await isToldSecret(store, fingerprint(SECRET))).toBe(false)
  })
})
