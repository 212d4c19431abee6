import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { inspect } from 'node:util'
import type { Update } from 'telegraf/types'
import { createBot, HANDLER_MS } from '../../lib/kit/create-bot.ts'
import type { Guard } from '../../lib/kit/guarded-call.ts'
import { feature } from '../../lib/kit/index.ts'
import type { TelegramCall } from '../../lib/telegram.ts'
import type { BotContext, UpdateScope } from '../../lib/kit/types.ts'
import { LeaseLost, TelegramRefused, TelegramUnreachable } from '../../lib/errors.ts'
import { startTelegram, type TelegramEmulator, type User } from '../../lib/dev/telegram/emulator.ts'
import { BOT } from '../support/bot.ts'
import { text } from '../support/updates.ts'

/** The one feature of these bots: what a test wants done with an update. */
type Handler = (ctx: BotContext) => unknown
const only = (handler: Handler) => [
  feature({ name: 'only', register: (bot) => void bot.use((ctx) => handler(ctx) as Promise<void>) }),
]

const TOKEN = '7000000001:AAtoken-of-a-test_0123456789'
const free: Guard = { signal: new AbortController().signal, beforeCall: async () => {} }
const GROUP_ID = -123
const SUPERGROUP_ID = -1_001_234_567_890

interface Setting {
  call?: TelegramCall
  apiRoot?: string
  guard?: Guard
  scope?: Partial<UpdateScope>
  info?: typeof BOT
  handlerMs?: number
}

/** One update through a bot of its own. */
async function handle(run: Handler, given: Setting = {}): Promise<void> {
  const { call = neverCalled, apiRoot = 'http://127.0.0.1:1', guard = free, info = BOT, handlerMs } = given
  const limit = handlerMs === undefined ? {} : { handlerMs }
  const bot = createBot({ token: TOKEN, apiRoot, info, call, features: only(run), ...limit })
  await bot.handle(text('hello') as unknown as Update, { rate: 'ok', ...given.scope } as UpdateScope, guard)
}

const neverCalled: TelegramCall = async (method) => {
  throw new Error(`unexpected call of ${method}`)
}

/** A call that records, and answers or refuses in turn. */
function answering(...answers: unknown[]) {
  const made: { method: string; params: Record<string, unknown> | undefined }[] = []
  const call: TelegramCall = async (method, params) => {
    made.push({ method, params })
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
  return { call, made }
}
const refused = (description: string, parameters = {}) =>
  new TelegramRefused('sendMessage', 400, description, parameters)
const badMarkup = () => refused("Bad Request: can't parse entities: Unclosed tag")
const migrated = () => refused('upgraded', { migrateToChatId: String(SUPERGROUP_ID) })

beforeEach(() => {
  vi.spyOn(console, 'error')
})
afterEach(() => {
  // telegraf's own handling of an error prints the update and marks the process as failed.
  expect(console.error).not.toHaveBeenCalled()
  expect(process.exitCode).toBeUndefined()
  vi.restoreAllMocks()
})

describe('a bot', () => {
  it.each([
    ['is thrown', () => Promise.reject(new TypeError('broken'))],
    [
      'is thrown at once',
      () => {
        throw new TypeError('broken')
      },
    ],
  ])('rejects with what %s', async (_name, run) => {
    await expect(handle(run)).rejects.toThrow(new TypeError('broken'))
  })

  it('resolves when everything is done, and calls through its own client, bound to the signal', async () => {
    const { made, call } = answering({ message_id: 5 })
    const options: unknown[] = []
    const order: string[] = []
    const run = async (ctx: BotContext) => {
      const sent = await ctx.reply('hi')
      await Promise.resolve()
      order.push(`sent ${sent.message_id}`)
    }
    await handle(run, {
      call: (method, params, given) => call(method, params).finally(() => options.push(given)),
      guard: { signal: free.signal, beforeCall: async () => void order.push('asked') },
    })
    expect(order).toEqual(['asked', 'sent 5'])
    expect(made).toEqual([{ method: 'sendMessage', params: { chat_id: 42, text: 'hi' } }])
    expect(options).toEqual([{ signal: free.signal }])
  })

  it('knows itself without asking, and its scope', async () => {
    let seen: unknown[] = []
    await handle((ctx) => void (seen = [ctx.botInfo, ctx.me, ctx.scope.updateId]), {
      scope: { updateId: '9' },
    })
    expect(seen).toEqual([BOT, BOT.username, '9'])
  })

  it('asks before each call whether it may send, and sends nothing when not', async () => {
    const guard: Guard = { signal: AbortSignal.abort(), beforeCall: () => Promise.reject(new LeaseLost()) }
    const run = (ctx: BotContext) => ctx.reply('hi')
    await expect(handle(run, { guard })).rejects.toBeInstanceOf(LeaseLost)
    const upload = (ctx: BotContext) => ctx.replyWithDocument({ source: Buffer.from('x') })
    await expect(handle(upload, { guard })).rejects.toBeInstanceOf(LeaseLost)
  })

  it.each([
    ['by default', {}, HANDLER_MS],
    ['by its setting', { handlerMs: 300 }, 300],
  ])('ends a handler that takes too long, %s', async (_what, given, limitMs) => {
    vi.useFakeTimers()
    let over: unknown
    const done = handle(() => new Promise(() => {}), given).catch((error: unknown) => {
      over = error
    })
    await vi.advanceTimersByTimeAsync(limitMs - 1)
    expect(over).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await done
    expect(over).toMatchObject({ name: 'TimeoutError' })
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('shares nothing with another that works at the same time', async () => {
    const seen: string[] = []
    let release = () => {}
    const bothThere = new Promise<void>((resolve) => {
      release = resolve
    })
    const run = async (ctx: BotContext) => {
      if (ctx.scope.updateId === 'b') release()
      await bothThere
      seen.push(`${ctx.scope.updateId} ${ctx.me} ${(await ctx.reply('x')).message_id}`)
    }
    const one = (name: string, id: number) =>
      handle(run, {
        call: async () => ({ message_id: id }),
        info: { ...BOT, username: `${name}_bot` },
        scope: { updateId: name },
      })
    await Promise.all([one('a', 1), one('b', 2)])
    expect(seen.toSorted()).toEqual(['a a_bot 1', 'b b_bot 2'])
  })
})

describe('a call that Telegram refuses', () => {
  const html = (ctx: BotContext) => ctx.reply('<b>hi', { parse_mode: 'HTML', disable_notification: true })
  const moves: string[] = []
  const scope = { moveChat: async (from: string, to: string) => void moves.push(`${from} to ${to}`) }
  const toGroup = (ctx: BotContext) => ctx.telegram.sendMessage(GROUP_ID, 'hi')
  beforeEach(() => void moves.splice(0))

  it('for its markup goes out again once as plain text', async () => {
    const { call, made } = answering(badMarkup(), { message_id: 1 })
    await handle(html, { call })
    expect(made.map(({ params }) => params)).toEqual([
      { chat_id: 42, text: '<b>hi', parse_mode: 'HTML', disable_notification: true },
      { chat_id: 42, text: '<b>hi', disable_notification: true },
    ])
    const again = answering(badMarkup(), badMarkup(), { message_id: 1 })
    await expect(handle(html, { call: again.call })).rejects.toThrow("can't parse entities")
    expect(again.made).toHaveLength(2)
  })

  it('for anything else does not go out again', async () => {
    for (const error of [
      refused('Bad Request: message is too long'),
      new TelegramRefused('sendMessage', 403, "can't parse entities"),
      new TelegramUnreachable('sendMessage', 'timeout'),
    ]) {
      const { call, made } = answering(error)
      await expect(handle(html, { call })).rejects.toBe(error)
      expect(made).toHaveLength(1)
    }
  })

  it('because the group became a supergroup follows it once, after what is known of it has moved', async () => {
    const { call, made } = answering(migrated(), { message_id: 1 })
    const seen = { call: ((...args) => (moves.push('call'), call(...args))) as TelegramCall, scope }
    await handle(toGroup, seen)
    expect(moves).toEqual(['call', `${GROUP_ID} to ${SUPERGROUP_ID}`, 'call'])
    expect(made[1]?.params).toMatchObject({ chat_id: SUPERGROUP_ID, text: 'hi' })
    const again = answering(migrated(), migrated(), { message_id: 1 })
    await expect(handle(toGroup, { call: again.call, scope })).rejects.toThrow('upgraded')
    expect(again.made).toHaveLength(2)
  })

  it('for both follows both, in either order', async () => {
    for (const answers of [
      [badMarkup(), migrated()],
      [migrated(), badMarkup()],
    ]) {
      const { call, made } = answering(...answers, { message_id: 1 }, { message_id: 1 })
      await handle((ctx) => ctx.telegram.sendMessage(GROUP_ID, '<b>', { parse_mode: 'HTML' }), {
        call,
        scope,
      })
      expect(moves.splice(0)).toEqual([`${GROUP_ID} to ${SUPERGROUP_ID}`])
      expect(made.at(-1)?.params).toMatchObject({ chat_id: SUPERGROUP_ID })
    }
  })

  it('that names no chat follows nothing', async () => {
    const { call } = answering(migrated())
    await expect(handle((ctx) => ctx.telegram.getMe(), { call, scope })).rejects.toThrow('upgraded')
    expect(moves).toEqual([])
  })

  it('with a migration is still refused when moving fails', async () => {
    const { call, made } = answering(migrated())
    const moveChat = () => Promise.reject(new Error('the store is away'))
    await expect(handle(toGroup, { call, scope: { moveChat } })).rejects.toThrow('the store is away')
    expect(made).toHaveLength(1)
  })
})

describe('an upload', () => {
  let telegram: TelegramEmulator
  let user: User
  beforeAll(async () => {
    telegram = await startTelegram({ token: TOKEN })
  })
  afterAll(() => telegram.close())
  beforeEach(() => {
    telegram.faults.clear()
    user = telegram.user()
  })
  const file = { source: Buffer.from('some bytes'), filename: 'a.txt' }
  const upload = (guard = free) =>
    handle((ctx) => ctx.telegram.sendDocument(user.id, file, { caption: 'here' }), {
      apiRoot: telegram.url,
      guard,
    })

  /** The error of an upload. Nothing of it may show the token. */
  async function errorOf(work: Promise<void>): Promise<unknown> {
    const error: unknown = await work.then(
      () => expect.fail('it went out'),
      (thrown: unknown) => thrown,
    )
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(TOKEN.slice(11))
    return error
  }

  it('goes out as multipart', async () => {
    await upload()
    expect(telegram.calls.at(-1)).toMatchObject({
      method: 'sendDocument',
      params: { chat_id: user.id, caption: 'here', document: { file_name: 'a.txt', size: 10 } },
    })
    expect(telegram.replies(user)).toEqual(['here'])
    expect(telegram.violations).toEqual([])
  })

  it.each([
    ['400', { status: 400, description: 'Bad Request: x' }, { code: 400, description: 'Bad Request: x' }],
    ['403', { status: 403 }, { code: 403 }],
    ['429', { status: 429, retryAfterSeconds: 7 }, { code: 429, retryAfterSeconds: 7 }],
    ['500', { status: 500 }, { code: 'status_500' }],
    ['HTML', { htmlBody: '<h1>Bad Gateway</h1>' }, { code: 'status_502' }],
    ['HTML under a 200', { htmlBody: '<h1>Welcome</h1>', status: 200 }, { code: 'unreachable' }],
    ['half of an answer', { truncated: true }, { code: 'unreachable' }],
    ['a reset', { reset: 'before' }, { code: 'unreachable' }],
  ] as const)('answered with %s fails as any other call', async (_name, fault, expected) => {
    telegram.faults.set('sendDocument', { ...fault, times: 1 })
    const error = await errorOf(upload())
    const isNo = typeof expected.code === 'number'
    expect(error).toBeInstanceOf(isNo ? TelegramRefused : TelegramUnreachable)
    expect(error).toMatchObject({ method: 'sendDocument', ...expected })
  })

  it('with a revoked token says so', async () => {
    telegram.revokeToken()
    expect(await errorOf(upload())).toMatchObject({ name: 'TelegramRefused', code: 401 })
    telegram.restoreToken()
  })

  it('ends with the reason of its signal', async () => {
    telegram.faults.set('sendDocument', { hang: 'before' })
    const aborter = new AbortController()
    const reason = new LeaseLost()
    const made = telegram.calls.length
    const error = errorOf(upload({ signal: aborter.signal, beforeCall: async () => {} }))
    await telegram.waitFor(({ calls }) => calls.length > made)
    aborter.abort(reason)
    expect(await error).toBe(reason)
  })

  it('follows a group that became a supergroup', async () => {
    const group = telegram.group({ title: 'Friends', members: [user] })
    const { chat } = telegram.migrate(group)
    const moves: string[] = []
    await handle((ctx) => ctx.telegram.sendDocument(group.id, file, { caption: 'here' }), {
      apiRoot: telegram.url,
      scope: { moveChat: async (from, to) => void moves.push(`${from} to ${to}`) },
    })
    expect(moves).toEqual([`${group.id} to ${chat.id}`])
    expect(telegram.messages(chat).at(-1)).toMatchObject({ caption: 'here' })
  })

  it('that is not answered in time is unreachable, not the fault of the handler', async () => {
    telegram.faults.set('sendDocument', { hang: 'before' })
    const limit = new AbortController()
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal)
    const made = telegram.calls.length
    const error = errorOf(upload())
    await telegram.waitFor(({ calls }) => calls.length > made)
    limit.abort()
    expect(await error).toMatchObject({ name: 'TelegramUnreachable', method: 'sendDocument' })
  })

  it('to where nobody listens is unreachable', async () => {
    const work = handle((ctx) => ctx.telegram.sendDocument(user.id, file))
    expect(await errorOf(work)).toMatchObject({ name: 'TelegramUnreachable', code: 'unreachable' })
  })
})
