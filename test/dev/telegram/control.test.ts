import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { EventsAnswer } from '../../../lib/dev/telegram/control.ts'
import type { Message, TelegramEmulator, User } from '../../../lib/dev/telegram/emulator.ts'
import { call, start, startWithHook } from './kit.ts'

interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
  body: any
}

/** Over node:http, because fetch would not send the headers of a browser. */
function control(
  telegram: TelegramEmulator,
  route: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = 'GET', path = ''] = route.split(' ')
  return new Promise((resolve, reject) => {
    const sent = request(`${telegram.url}/control/${path}`, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

describe('the control API', () => {
  it('makes users and groups, and speaks as them', async () => {
    const { telegram, hook } = await startWithHook()
    const ada = (await control(telegram, 'POST users', { first_name: 'Ada', language_code: 'ru' }))
      .body as User
    expect(ada).toMatchObject({ first_name: 'Ada', language_code: 'ru', is_bot: false })
    const members = [ada.id]
    const group = (await control(telegram, 'POST groups', { title: 'G', members, supergroup: true })).body
    expect(group).toMatchObject({ type: 'supergroup', title: 'G' })
    const text = (await control(telegram, 'POST text', { user: ada.id, text: 'hi', chat: group.id })).body
    const file = {
      user: ada.id,
      kind: 'voice',
      base64: Buffer.from('oh').toString('base64'),
      durationSeconds: 2,
    }
    await control(telegram, 'POST file', { ...file, caption: 'c' })
    const reply_markup = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] }
    const { result } = await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', reply_markup })
    const { message_id } = result as Message
    await control(telegram, 'POST press', { user: ada.id, message_id, data: 'a' })
    await control(telegram, 'POST block', { user: ada.id })
    await control(telegram, 'POST unblock', { user: ada.id })
    await telegram.waitFor(() => telegram.pending === 0)
    expect(
      hook.received.find(({ update }) => update.update_id === text.update_id)?.update.message,
    ).toMatchObject({
      chat: { id: group.id },
      text: 'hi',
    })
    const kinds = hook.received.map(({ update }) => Object.keys(update).find((key) => key !== 'update_id'))
    expect(kinds.filter((kind) => kind === 'message')).toHaveLength(2)
    expect(kinds).toContain('callback_query')
    expect(kinds).toContain('my_chat_member')
    const voice = hook.received
      .map(({ update }) => (update.message as Message | undefined)?.voice)
      .find(Boolean)
    expect(voice).toMatchObject({ duration: 2, file_size: 2 })
  })

  it('hands out what the bot did after a cursor, and waits for it', async () => {
    const telegram = await start()
    const [ada, bob] = [telegram.user(), telegram.user()]
    const send = (chat: User, text: string): ReturnType<typeof call> =>
      call(telegram, 'sendMessage', { chat_id: chat.id, text })
    const events = async (query: string): Promise<EventsAnswer> =>
      (await control(telegram, `GET events?${query}`)).body as EventsAnswer
    expect(await events('after=0')).toEqual({ cursor: 0, events: [], pending: 0, openCalls: 0 })
    await send(ada, 'one')
    await send(bob, 'two')
    const first = await events(`after=0&chat=${ada.id}`)
    expect(first.events.map(({ message }) => message?.text)).toEqual(['one'])
    const all = await events('after=0')
    expect(all.events).toHaveLength(2)
    expect(await events(`after=${all.cursor}`)).toEqual({ ...all, events: [] })
    const waiting = events(`after=${all.cursor}&chat=${ada.id}&timeout=30`)
    await send(bob, 'three')
    await send(ada, 'four')
    expect((await waiting).events.map(({ message }) => message?.text)).toEqual(['four'])
    telegram.sendText(ada, 'x')
    expect((await events('after=0')).pending).toBe(1)
  })

  it('sets and clears faults, revokes the token, tells the state', async () => {
    const telegram = await start()
    await control(telegram, 'POST faults', { method: 'getMe', status: 502 })
    expect((await call(telegram, 'getMe')).status).toBe(502)
    expect((await control(telegram, 'GET state')).body.faults).toEqual([
      { method: 'getMe', fault: { status: 502 } },
    ])
    await control(telegram, 'DELETE faults')
    await control(telegram, 'POST token', { revoked: true })
    expect((await call(telegram, 'getMe')).status).toBe(401)
    await control(telegram, 'POST token', { revoked: false })
    await control(telegram, 'POST delivery', { duplicate: 2, dropAnswer: 1, outOfOrder: true })
    expect(telegram.delivery.outOfOrder).toBe(true)
    const ada = telegram.user()
    const group = telegram.group({ title: 'G', members: [ada] })
    await control(telegram, 'POST migrate', { chat: group.id })
    const { body } = await control(telegram, 'GET state')
    expect(body).toMatchObject({
      bot: { id: telegram.bot.id },
      webhook: { url: '', pending_update_count: 2 },
    })
    expect(body.chats).toHaveLength(3)
    expect((await control(telegram, 'GET calls')).body).toMatchObject([
      { method: 'getMe', status: 502 },
      { status: 401 },
    ])
  })

  it('answers mistakes with a sentence', async () => {
    const telegram = await start()
    const { id } = telegram.user()
    const cases: [string, unknown, number, string][] = [
      ['GET nothing', undefined, 404, 'no such route: GET /control/nothing'],
      ['GET toString', undefined, 404, 'no such route'],
      ['POST text', { user: 1, text: 'x' }, 404, 'no such user: 1'],
      ['POST text', { user: id, text: '' }, 400, "a user's message has 1 to 4096 UTF-16 units"],
      ['POST text', { user: id }, 400, '"text" must be a string'],
      ['POST faults', { status: 500 }, 400, '"method" must be a string'],
      ['POST text', { user: id, text: 'x', chat: -5 }, 400, 'knows no chat -5'],
      ['POST text', 5, 400, 'must be a JSON object'],
      ['POST press', { user: id, message_id: 1, data: 'x' }, 400, 'has no message 1'],
      ['POST file', { user: id, kind: 'spoon' }, 400, 'kind must be'],
      ['POST migrate', { chat: 1 }, 404, 'no such chat: 1'],
    ]
    for (const [route, body, status, error] of cases) {
      const answer = await control(telegram, route, body)
      expect([route, answer.status]).toEqual([route, status])
      expect(answer.body.error).toContain(error)
    }
  })

  it('answers local programs only: no page of a browser, no other host name', async () => {
    const telegram = await start()
    const port = new URL(telegram.url).port
    for (const headers of [
      { origin: 'https://example.org' },
      { origin: telegram.url },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-origin' },
      { host: 'rebound.example.org' },
      { host: `127.0.0.1.example.org:${port}` },
    ] as Record<string, string>[]) {
      const answer = await control(telegram, 'GET state', undefined, headers)
      expect([headers, answer.status]).toEqual([headers, 403])
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, '[::1]']) {
      expect((await control(telegram, 'GET state', undefined, { host })).status).toBe(200)
    }
  })
})
