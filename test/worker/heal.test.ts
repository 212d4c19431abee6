import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StoreError, TelegramRefused, TelegramUnreachable } from '../../lib/errors.ts'
import { heal, probeDelayMs, type HealDeps } from '../../lib/worker/heal.ts'
import { HEAL_LOCK_MS } from '../../lib/state/bot-state.ts'
import { ALLOWED_UPDATES } from '../../lib/webhook/telegram-view.ts'
import { BOT } from '../support/bot.ts'
import { readState, writeState } from '../support/bot-state.ts'
import { describeEngines, openStore } from '../support/store.ts'
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
const config = {
  publicUrl: 'https://bot.example.com' as string | null,
  isPreview: false,
  webhookSecret: SECRET,
  errorThreshold: 10,
  botId: '7000000001',
}
const unreachable = (method: string) => new TelegramUnreachable(method, 'status_502')
const refused = (method: string, code: number, retryAfterSeconds: number | null = null) =>
  new TelegramRefused(method, code, 'no', { retryAfterSeconds })
/** What is stored of the bot: getMe's answer, and the token that it was got with. */
const INFO = JSON.stringify({ ...BOT, of_token: '7000000001' })
const ALL_STEPS = ['getMe', 'setWebhook', 'setMyCommands en', 'setMyCommands ru']

describeEngines('heal', (engine) => {
  const test = openStore(engine)
  afterAll(() => test.cleanup())
  let time: VirtualTime
  let store: VirtualStore
  let telegram: StubTelegram
  let log: RecordedLog
  let owners: number
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    time = createTime()
    store = openVirtualStore(test, time)
    telegram = stubTelegram()
    log = recordLog()
    owners = 0
  })
  afterEach(() => {
    vi.restoreAllMocks()
    expect(JSON.stringify(log.lines)).not.toContain(SECRET)
  })

  const deps = (given: Partial<HealDeps> = {}): HealDeps => ({
    store,
    config,
    call: telegram.call,
    commands: ['en', 'ru'].map((language) => ({
      language,
      commands: [{ command: 'ping', description: language }],
    })),
    log: log.log,
    redact: (text) => text,
    clock: time.clock,
    owner: `owner${++owners}`,
    ...given,
  })

  it('registers webhook and commands, proves it, and only then says OK', async () => {
    const healed = await heal(deps(), 'restart')
    expect(healed).toEqual({ word: 'healed', epoch: 1, steps: ALL_STEPS.map((step) => ({ step, ok: true })) })
    expect(telegram.calls).toEqual([
      { method: 'getMe', params: {} },
      {
        method: 'setWebhook',
        params: {
          url: 'https://bot.example.com/webhook',
          secret_token: SECRET,
          allowed_updates: ALLOWED_UPDATES,
          max_connections: 40,
        },
      },
      { method: 'getWebhookInfo', params: {} },
      { method: 'setMyCommands', params: { commands: [{ command: 'ping', description: 'en' }] } },
      {
        method: 'setMyCommands',
        params: { commands: [{ command: 'ping', description: 'ru' }], language_code: 'ru' },
      },
    ])
    expect(await readState(store)).toMatchObject({ status: 'OK', epoch: '1', info: INFO })
    expect(log.lines.at(-1)).toMatchObject({ event: 'bot reinitialized', epoch: 1, reason: 'restart' })
    expect((await heal(deps(), 'restart')).word).toBe('healed')
  })

  describe('the panel in the menu of administrators', () => {
    const menu = {
      adminTelegramIds: new Set(['901', '902']),
      url: 'https://bot.example.com/app',
      text: 'Panel',
    }
    const menuCalls = () => telegram.calls.filter(({ method }) => method === 'setChatMenuButton')

    it('is offered to each of them, once', async () => {
      telegram.on('setChatMenuButton', () => true)
      const healed = await heal(deps({ menu }), 'restart')
      const step = { step: 'setChatMenuButton', ok: true, detail: '2 of 2 administrators' }
      expect(healed).toMatchObject({ word: 'healed', steps: [...ALL_STEPS.map((step) => ({ step })), step] })
      const menu_button = { type: 'web_app', text: 'Panel', web_app: { url: menu.url } }
      expect(menuCalls().map(({ params }) => params)).toEqual([
        { chat_id: 901, menu_button },
        { chat_id: 902, menu_button },
      ])
    })

    it.each([
      ['refused', refused('setChatMenuButton', 400)],
      ['not answered', unreachable('setChatMenuButton')],
      ['refused for the token', refused('setChatMenuButton', 401)],
    ])('fails nothing where it is %s', async (_how, error) => {
      telegram.on('setChatMenuButton', error)
      expect(await heal(deps({ menu }), 'restart')).toMatchObject({ word: 'healed', epoch: 1 })
      expect(await readState(store)).toMatchObject({ status: 'OK' })
      expect(log.count('the panel was not offered to every administrator')).toBe(1)
    })

    it('costs nothing where there is none, nor when a deployment is new', async () => {
      await heal(deps({ menu: { ...menu, adminTelegramIds: new Set() } }), 'restart')
      await heal(deps({ menu: null }), 'restart')
      await heal(deps({ menu }), 'init')
      expect(menuCalls()).toEqual([])
    })
  })

  it("fetches no more than the bot's own data for a new deployment", async () => {
    expect(await heal(deps(), 'init')).toMatchObject({ word: 'healed', steps: [{ step: 'getMe', ok: true }] })
    expect(await heal(deps(), 'init')).toMatchObject({ word: 'unneeded', info: INFO })
    expect(telegram.methods()).toEqual(['getMe'])
    expect(log.count('bot initialized')).toBe(1)
  })

  it('at the threshold is done once, however many find it reached', async () => {
    await writeState(store, { errors: '10' })
    const healed = await Promise.all(Array.from({ length: 12 }, () => heal(deps(), 'threshold')))
    expect(healed.filter(({ word }) => word === 'healed')).toHaveLength(1)
    expect((await heal(deps(), 'threshold')).word).toBe('unneeded')
    expect(telegram.methods().filter((method) => method === 'getMe')).toHaveLength(1)
    expect(log.count('too many errors, reinitializing bot')).toBe(1)
    expect(log.count('bot reinitialized')).toBe(1)
    expect(log.lines[0]).toMatchObject({ level: 'warn', error_count: 10 })
    expect(await readState(store)).toMatchObject({ status: 'OK', errors: '0' })
  })

  it('while Telegram is down: breaker open, and one probe after 1, 2, 4, 8, 10, 10 s', async () => {
    await writeState(store, { errors: '10' })
    telegram.on('getMe', unreachable('getMe'))
    let healed = await heal(deps(), 'threshold')
    const pauses: number[] = []
    for (let i = 0; i < 6; i++) {
      if (healed.word !== 'failed') throw new Error(`unexpected ${healed.word}`)
      pauses.push(healed.nextProbeMs)
      expect(await readState(store)).toMatchObject({ status: 'FAILED', breaker: 'telegram' })
      time.nowMs += healed.nextProbeMs - 1
      expect(await heal(deps(), 'probe')).toMatchObject({ word: 'early', waitMs: 1 })
      time.nowMs += 1
      const [one, other] = await Promise.all([heal(deps(), 'probe'), heal(deps(), 'probe')])
      healed = one.word === 'failed' ? one : other
      expect([one.word, other.word].filter((word) => word === 'failed')).toHaveLength(1)
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(log.count('reinitialization failed')).toBe(7)
    telegram.on('getMe', () => BOT)
    time.nowMs += 10_000
    expect(await heal(deps(), 'probe')).toMatchObject({ word: 'healed', epoch: 1 })
    expect(await readState(store)).toMatchObject({
      status: 'OK',
      errors: '0',
      breaker: '',
      breaker_tries: '0',
    })
    expect(log.count('too many errors, reinitializing bot')).toBe(1)
    expect(log.count('bot reinitialized')).toBe(1)
  })

  it.each([
    ['getMe', 401],
    ['getMe', 404],
    ['setWebhook', 401],
    ['getWebhookInfo', 401],
    ['setMyCommands', 401],
  ])('with %s answering %i knows that the token is revoked', async (method, code) => {
    telegram.on(method, refused(method, code))
    expect(await heal(deps(), 'restart')).toMatchObject({ word: 'failed', status: 'UNAUTHORIZED' })
    expect(await readState(store)).toMatchObject({ status: 'UNAUTHORIZED', breaker: 'token' })
  })

  it.each(['getMe', 'setWebhook', 'getWebhookInfo', 'setMyCommands'])(
    'with %s out of reach has failed, and says at which step',
    async (method) => {
      telegram.on(method, unreachable(method))
      const healed = await heal(deps(), 'restart')
      expect(healed).toMatchObject({ word: 'failed', status: 'FAILED', nextProbeMs: 1000 })
      expect('steps' in healed && healed.steps.at(-1)).toMatchObject({ ok: false })
      expect(await readState(store)).not.toHaveProperty('epoch')
    },
  )

  it('waits as long as Telegram asks for, up to a minute', async () => {
    telegram.on('getMe', refused('getMe', 429, 37))
    expect(await heal(deps(), 'restart')).toMatchObject({ word: 'failed', nextProbeMs: 37_000 })
    telegram.on('getMe', refused('getMe', 429, 3600))
    expect(await heal(deps(), 'restart')).toMatchObject({ word: 'failed', nextProbeMs: 60_000 })
  })

  it.each([[null], [{}], [{ ...BOT, is_bot: false }], [{ ...BOT, username: undefined }], ['words']])(
    'with getMe answering %j has failed',
    async (answer) => {
      telegram.on('getMe', () => answer)
      expect(await heal(deps(), 'init')).toMatchObject({ word: 'failed', status: 'FAILED' })
    },
  )

  it('keeps its claim while a step takes long', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { redis } = test
    telegram.on('getMe', async () => {
      await redis.pexpire(store.keys.healLock, 1000)
      await vi.advanceTimersByTimeAsync(HEAL_LOCK_MS / 3)
      await vi.waitFor(async () => expect(await redis.pttl(store.keys.healLock)).toBeGreaterThan(1000))
      return BOT
    })
    expect((await heal(deps(), 'restart')).word).toBe('healed')
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('that finds its claim lost does nothing more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const run = vi.spyOn(store, 'run')
    telegram.on('getMe', async () => {
      await test.redis.set(store.keys.healLock, 'somebody else')
      const before = run.mock.calls.length
      await vi.advanceTimersByTimeAsync(HEAL_LOCK_MS / 3)
      await vi.waitFor(() => expect(run.mock.settledResults.slice(before).at(-1)?.type).toBe('fulfilled'))
      return BOT
    })
    expect(await heal(deps(), 'restart')).toEqual({ word: 'busy', waitMs: 1000, info: null })
    expect(telegram.methods()).toEqual(['getMe'])
    expect(await readState(store)).toEqual({})
    vi.useRealTimers()
  })

  it('that outlives its claim leaves the last word to the next', async () => {
    telegram.on('setMyCommands', async () => {
      await store.test.redis.set(store.keys.healLock, 'somebody else')
      return true
    })
    expect(await heal(deps(), 'restart')).toEqual({ word: 'busy', waitMs: 1000, info: null })
    expect(await readState(store)).toEqual({})
    expect(log.count('bot reinitialized')).toBe(0)
    expect(await store.test.redis.get(store.keys.healLock)).toBe('somebody else')
  })

  it.each([
    ['OK', 'REINITIALIZING'],
    ['FAILED', 'FAILED'],
    ['UNAUTHORIZED', 'UNAUTHORIZED'],
  ])('of a bot that is %s shows %s while it runs, and OK after it', async (before, during) => {
    await writeState(store, { status: before, info: INFO })
    const shown: (string | undefined)[] = []
    for (const method of ['getMe', 'setMyCommands']) {
      telegram.on(method, async () => {
        shown.push((await readState(store))['status'])
        return method === 'getMe' ? BOT : true
      })
    }
    expect((await heal(deps(), 'restart')).word).toBe('healed')
    expect(shown).toEqual([during, during, during])
    expect(await readState(store)).toMatchObject({ status: 'OK' })
  })

  it.each([
    ['setWebhook', 400, 'setWebhook'],
    ['setWebhook', 429, 'setWebhook'],
    ['getWebhookInfo', 400, 'setWebhook'],
    ['setMyCommands', 400, 'setMyCommands en'],
  ])('with %s refused by %i leaves a bot that works, and reports it', async (method, code, step) => {
    telegram.on(method, refused(method, code))
    const healed = await heal(deps(), 'restart')
    expect(healed).toMatchObject({ word: 'healed', epoch: 1 })
    const faulty = 'steps' in healed ? healed.steps.filter(({ ok }) => !ok) : []
    expect(faulty[0]).toMatchObject({ step, detail: expect.stringContaining(String(code)) })
    expect('steps' in healed && healed.steps.map(({ step }) => step)).toEqual(ALL_STEPS)
    expect(log.count('reinitialization step failed')).toBe(faulty.length)
    expect(await readState(store)).toMatchObject({ status: 'OK', breaker: '' })
  })

  it('believes only its own eyes that the webhook took', async () => {
    telegram.on('setWebhook', () => true)
    const healed = await heal(deps(), 'restart')
    const detail = expect.stringContaining('did not take')
    expect(healed).toMatchObject({
      word: 'healed',
      steps: [{}, { step: 'setWebhook', ok: false, detail }, {}, {}],
    })
  })

  it.each([
    ['a preview', { isPreview: true }, 'skipped: a preview deployment has no webhook'],
    ['a deployment without its URL', { publicUrl: null }, 'skipped: PUBLIC_URL is not set'],
  ])('of %s leaves the webhook alone', async (_name, given, detail) => {
    const healed = await heal(deps({ config: { ...config, ...given } }), 'restart')
    expect(healed).toMatchObject({
      word: 'healed',
      steps: [{}, { step: 'setWebhook', ok: true, detail }, {}, {}],
    })
    expect(telegram.methods()).toEqual(['getMe', 'setMyCommands', 'setMyCommands'])
  })

  it('throws when the store is away in the middle, and the claim ends by itself', async () => {
    let runs = 0
    const leaky: VirtualStore = {
      ...store,
      run: (...args) => (runs++ === 0 ? store.run(...args) : Promise.reject(new StoreError('timeout'))),
    }
    await expect(heal(deps({ store: leaky }), 'init')).rejects.toMatchObject({ code: 'timeout' })
    expect(await store.test.redis.pttl(store.keys.healLock)).toBeGreaterThan(0)
  })
})

describe('the pause before the next probe', () => {
  it('doubles up to 10 s, give or take a fifth', () => {
    const pauses = (random: number) => [0, 1, 2, 3, 4, 5, 5000].map((n) => probeDelayMs(n, () => random))
    expect(pauses(0.5)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
    expect(pauses(0).map(Math.round)).toEqual([800, 1600, 3200, 6400, 8000, 8000, 8000])
    expect(pauses(1).map(Math.round)).toEqual([1200, 2400, 4800, 9600, 12_000, 12_000, 12_000])
  })
})
