import { describe, expect, it } from 'vitest'
import { startTelegram, type Message } from '../../../lib/dev/telegram/emulator.ts'
import { METHODS } from '../../../lib/dev/telegram/methods-table.ts'
import { checkCall, checkType, schema } from '../../support/schema.ts'
import { call, SECRET, start, startWithHook, TOKEN } from './kit.ts'

describe('the Bot API over HTTP', () => {
  it('tells who the bot is', async () => {
    const telegram = await start({ botUsername: 'some_bot' })
    const answer = await call(telegram, 'getMe')
    expect(answer).toMatchObject({ status: 200, ok: true })
    expect(answer.result).toMatchObject({ id: 123456, is_bot: true, username: 'some_bot' })
  })

  it('refuses another token with 401 and an unknown method with 404', async () => {
    const telegram = await start()
    expect(await call(telegram, 'getMe', {}, '1:other')).toEqual({
      status: 401,
      ok: false,
      error_code: 401,
      description: 'Unauthorized',
    })
    expect(await call(telegram, 'getNothing')).toMatchObject({ status: 404, error_code: 404 })
    expect(telegram.violations).toEqual(['unknown method "getNothing"'])
    expect(telegram.calls.map(({ status }) => status)).toEqual([401, 404])
  })

  it('refuses to start with a token of another shape, or on a taken port', async () => {
    await expect(startTelegram({ token: 'nonsense' })).rejects.toThrow('the token must look like')
    const telegram = await start()
    const port = Number(new URL(telegram.url).port)
    await expect(startTelegram({ token: TOKEN, port })).rejects.toThrow('EADDRINUSE')
  })

  it('takes parameters by query, JSON, form and multipart alike', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const method = `${telegram.url}/bot${TOKEN}/sendMessage`
    const keyboard = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] }
    const fields = { chat_id: String(ada.id), text: 'é 😀', reply_markup: JSON.stringify(keyboard) }
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    const requests: [string, RequestInit][] = [
      [`${method}?${new URLSearchParams(fields).toString()}`, {}],
      [method, { method: 'POST', body: new URLSearchParams(fields) }],
      [method, { method: 'POST', body: form }],
      [
        method.replace('sendMessage', 'SENDMESSAGE'),
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...fields, chat_id: ada.id, reply_markup: keyboard }),
        },
      ],
    ]
    for (const [url, init] of requests) expect((await fetch(url, init)).status).toBe(200)
    expect(telegram.replies(ada)).toEqual(['é 😀', 'é 😀', 'é 😀', 'é 😀'])
    for (const { method, params } of telegram.calls) {
      expect(method).toBe('sendMessage')
      expect(params).toEqual({ chat_id: ada.id, text: 'é 😀', reply_markup: keyboard })
    }
    expect(telegram.violations).toEqual([])
  })

  it('lets a parameter pass that the method does not have, and reports it', async () => {
    const telegram = await start()
    const ada = telegram.user()
    await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', disable_web_page_preview: true })
    expect(telegram.replies(ada)).toEqual(['x'])
    expect(telegram.violations).toEqual(['sendMessage: unknown parameter "disable_web_page_preview"'])
  })

  it('answers 400 to a body that does not parse', async () => {
    const telegram = await start()
    const url = `${telegram.url}/bot${TOKEN}/sendMessage`
    for (const [type, body] of [
      ['application/json', '{'],
      ['application/json', '[]'],
      ['multipart/form-data', 'x'],
      ['multipart/form-data; boundary=b', '--b\r\ncontent-disposition: form-data; name="text"\r\n\r\ncut'],
    ] as const) {
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
      expect([body, response.status]).toEqual([body, 400])
    }
    expect((await call(telegram, 'getMe')).ok).toBe(true)
  })
})

describe('a conversation', () => {
  it('brings a user’s message to the webhook and the reply back', async () => {
    const { telegram, hook } = await startWithHook()
    const ada = telegram.user({ first_name: 'Ada', language_code: 'ru', username: 'ada' })
    const updateId = telegram.sendText(ada, 'so /ping@evergram_bot hi')
    await telegram.waitFor(() => telegram.pending === 0)
    const [received] = hook.received
    expect(received?.headers['x-telegram-bot-api-secret-token']).toBe(SECRET)
    expect(received?.headers['content-type']).toBe('application/json')
    expect(received?.update).toEqual(telegram.update(updateId))
    const message = received?.update.message as Message
    expect(message).toMatchObject({
      from: { id: ada.id, language_code: 'ru', username: 'ada' },
      chat: { id: ada.id, type: 'private' },
      entities: [{ type: 'bot_command', offset: 3, length: 18 }],
    })
    const reply_parameters = { message_id: message.message_id }
    await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'pong', reply_parameters })
    expect(telegram.messages(ada)[0]).toMatchObject({
      text: 'pong',
      from: { id: telegram.bot.id },
      reply_to_message: { message_id: message.message_id },
    })
    expect(telegram.deliveries).toMatchObject([{ updateId, attempt: 1, status: 200 }])
  })

  it('numbers updates one by one, anew after a week of silence', async () => {
    let now = Date.now()
    const telegram = await start({ now: () => now })
    const ada = telegram.user()
    const first = telegram.sendText(ada, 'a')
    expect(telegram.sendText(ada, 'b')).toBe(first + 1)
    now += 8 * 24 * 3600 * 1000
    expect(telegram.sendText(ada, 'c')).not.toBe(first + 2)
  })

  it('throws on what a client could not do', async () => {
    const telegram = await start()
    const [ada, bob] = [telegram.user(), telegram.user({ first_name: 'Bob' })]
    const group = telegram.group({ title: 'G', members: [bob] })
    const id = telegram.sendText(bob, 'mine', { chat: group })
    const message = telegram.messageOf(id)
    expect(() => telegram.sendText(ada, '')).toThrow('1 to 4096')
    expect(() => telegram.sendText(ada, 'x'.repeat(4097))).toThrow('1 to 4096')
    expect(() => telegram.sendText(ada, 'x', { chat: group })).toThrow('not a member')
    expect(() => telegram.sendText(bob, 'x', { chat: group, replyTo: 999 })).toThrow('no message 999')
    expect(() => telegram.sendText(bob, 'x', { edit: message.message_id })).toThrow('is not one of user')
    expect(() => telegram.press(bob, message.message_id, 'nothing')).toThrow('no button')
    telegram.block(ada)
    expect(() => telegram.sendText(ada, 'x')).toThrow('blocked')
  })

  it('says what it waited for in vain', async () => {
    const telegram = await start()
    await call(telegram, 'getMe')
    const waiting = telegram.waitFor(() => false, { timeoutMs: 1, what: 'a miracle' })
    await expect(waiting).rejects.toThrow(/in vain for a miracle; 0 updates pending;.*getMe 200/)
  })
})

if (schema === null) console.warn('SKIPPED: the checks against the Bot API’s schema (no ../shared/telegram)')

describe.skipIf(schema === null)('against the Bot API’s schema', () => {
  it('has every method with exactly the schema’s parameters', () => {
    const kinds: Record<string, string> = { String: 'str', Integer: 'int', Boolean: 'bool' }
    for (const [name, parameters] of METHODS) {
      const fields = schema?.methods[name]?.fields ?? []
      const expected = fields.map(({ name, types, required }) => {
        const isFile = types.includes('InputFile')
        const kind = isFile ? 'file' : types.length === 2 && types.includes('Integer') ? 'chat' : undefined
        return [name, { kind: kind ?? kinds[types[0] ?? ''] ?? 'json', required }]
      })
      expect([name, Object.fromEntries(parameters)]).toEqual([name, Object.fromEntries(expected)])
    }
  })

  it('sends updates and answers of the right shape', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const group = telegram.group({ title: 'G', members: [ada] })
    const bytes = Buffer.from('x')
    const send = async (params: Record<string, unknown>): Promise<Message> =>
      (await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', ...params })).result as Message
    const keyboard = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] }
    const { message_id } = await send({ reply_markup: keyboard })
    const first = telegram.sendText(ada, '/start https://example.org @someone')
    telegram.sendText(ada, 'edited', { edit: telegram.messageOf(first).message_id })
    telegram.sendText(ada, 'answer', { replyTo: message_id })
    telegram.sendDocument(ada, bytes, { fileName: 'a.txt', caption: 'c /x' })
    telegram.sendPhoto(ada, bytes)
    telegram.sendVoice(ada, bytes, { durationSeconds: 3 })
    telegram.press(ada, message_id, 'a')
    telegram.block(ada)
    telegram.unblock(ada)
    telegram.migrate(group)
    const updates = await call(telegram, 'getUpdates')
    expect(updates.result).toHaveLength(11)
    expect(checkType('Array of Update', updates.result)).toEqual([])
    expect(checkType('Array of Message', telegram.messages(ada))).toEqual([])
    const formatted = await send({ text: '<b>b</b> <a href="https://x.org">l</a>', parse_mode: 'HTML' })
    expect(checkType('Message', formatted)).toEqual([])
    expect(checkType('User', (await call(telegram, 'getMe')).result)).toEqual([])
    expect(checkType('ChatFullInfo', (await call(telegram, 'getChat', { chat_id: ada.id })).result)).toEqual(
      [],
    )
    expect(checkType('WebhookInfo', (await call(telegram, 'getWebhookInfo')).result)).toEqual([])
  })

  it('finds faults in calls and objects', () => {
    const keyboard = (button: unknown): unknown => ({ inline_keyboard: [[button]] })
    const text = { chat_id: 1, text: 'x' }
    expect(checkCall('sendMessage', { ...text, reply_markup: keyboard({ text: 'A' }) })).toEqual([])
    expect(checkCall('sendMessage', { ...text, reply_markup: '{"inline_keyboard":[]}' })).toEqual([])
    expect(checkCall('sendSomething', {})).toEqual(['sendSomething: no such method'])
    expect(checkCall('sendMessage', { text: 'x' })).toEqual(['sendMessage: "chat_id" is missing'])
    expect(checkCall('sendMessage', { ...text, nothing: 1 })).toEqual([
      'sendMessage: unknown parameter "nothing"',
    ])
    expect(checkCall('sendMessage', { ...text, text: 5 })).toEqual(['sendMessage.text: String expected'])
    expect(checkCall('sendMessage', { ...text, reply_markup: keyboard({ text: 'A', data: 'a' }) })).toEqual([
      'sendMessage.reply_markup.inline_keyboard[0][0]: unknown field "data"',
    ])
    const reaction = [{ type: 'emoji', emoji: 5 }]
    expect(checkCall('setMessageReaction', { chat_id: 1, message_id: 1, reaction })).toEqual([
      'setMessageReaction.reaction[0].emoji: String expected',
    ])
    expect(checkType('Chat', { id: 1 })).toEqual(['Chat: "type" is missing'])
  })
})
