import { describe, expect, it } from 'vitest'
import type { Message, TelegramEmulator } from '../../../lib/dev/telegram/emulator.ts'
import { call, start, TOKEN, type ApiAnswer } from './kit.ts'

const inline = (...buttons: Record<string, unknown>[]): unknown => ({ inline_keyboard: [buttons] })

/** Sends a text to a user of its own and tells what came of it. */
async function sending(params: Record<string, unknown>): Promise<ApiAnswer> {
  const telegram = await start()
  return call(telegram, 'sendMessage', { chat_id: telegram.user().id, ...params })
}

const refusal = async (params: Record<string, unknown>): Promise<string | undefined> =>
  (await sending(params)).description

describe('sendMessage', () => {
  it('refuses a chat that is missing, unknown or blocked', async () => {
    const telegram = await start()
    const ada = telegram.user()
    telegram.block(ada)
    expect(await call(telegram, 'sendMessage', { text: 'x' })).toMatchObject({
      status: 400,
      description: 'Bad Request: chat_id is empty',
    })
    for (const chat_id of [1, '1', '@nobody', 'nonsense']) {
      expect(await call(telegram, 'sendMessage', { chat_id, text: 'x' })).toMatchObject({
        status: 400,
        description: 'Bad Request: chat not found',
      })
    }
    expect(await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x' })).toMatchObject({
      status: 403,
      description: 'Forbidden: bot was blocked by the user',
    })
    telegram.unblock(ada)
    expect((await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x' })).ok).toBe(true)
  })

  it('takes 1 to 4096 UTF-16 units after entities are parsed', async () => {
    expect(await refusal({})).toBe('Bad Request: message text is empty')
    expect(await refusal({ text: ' \n' })).toBe('Bad Request: message text is empty')
    expect(await refusal({ text: '<b></b>', parse_mode: 'HTML' })).toBe('Bad Request: message text is empty')
    expect(await refusal({ text: 'x'.repeat(4097) })).toBe('Bad Request: message is too long')
    expect(await refusal({ text: '😀'.repeat(2049) })).toBe('Bad Request: message is too long')
    expect((await sending({ text: '😀'.repeat(2048) })).ok).toBe(true)
    const marked = { text: `<b>${'&lt;'.repeat(4096)}</b>`, parse_mode: 'HTML' }
    expect((await sending(marked)).result).toMatchObject({ text: '<'.repeat(4096) })
  })

  it('refuses half of a surrogate pair', async () => {
    expect(await refusal({ text: '😀'.slice(0, 1) })).toBe('Bad Request: strings must be encoded in UTF-8')
  })

  it('replies to a message that is there, else needs allow_sending_without_reply', async () => {
    const reply_parameters = { message_id: 77 }
    expect(await refusal({ text: 'x', reply_parameters })).toBe(
      'Bad Request: message to be replied not found',
    )
    const lenient = { ...reply_parameters, allow_sending_without_reply: true }
    const { result } = await sending({ text: 'x', reply_parameters: lenient })
    expect(result).not.toHaveProperty('reply_to_message')
  })

  it('checks reply_markup', async () => {
    const cases: [unknown, string][] = [
      ['{', "can't parse reply keyboard markup JSON object"],
      ['"text"', "can't parse reply keyboard markup JSON object"],
      [{ buttons: [] }, 'object expected as reply markup'],
      [[], 'object expected as reply markup'],
      [{ inline_keyboard: {} }, "can't parse inline keyboard markup: Array of rows expected"],
      [{ inline_keyboard: [{}] }, "can't parse inline keyboard row: Array of buttons expected"],
      [inline({ callback_data: 'a' }), 'can\'t parse inline keyboard button: Can\'t find field "text"'],
      [inline({ text: '', callback_data: 'a' }), 'inline keyboard button text must be non-empty'],
      [inline({ text: 'A' }), /Text buttons are unallowed in the inline keyboard/.source],
      [inline({ text: 'A', callback_data: 'a', url: 'https://x.org' }), 'exactly one action'],
      [inline({ text: 'A', callback_data: 'é'.repeat(33) }), 'BUTTON_DATA_INVALID'],
      [inline({ text: 'A', callback_data: '' }), 'BUTTON_DATA_INVALID'],
      [inline({ text: 'A', url: 'nowhere' }), "URL 'nowhere' is invalid"],
      [inline({ text: 'A', web_app: { url: 'http://x.org' } }), 'Only HTTPS links are allowed'],
      [{ keyboard: [[{}]] }, 'Can\'t find field "text"'],
    ]
    for (const [reply_markup, description] of cases) {
      expect(await refusal({ text: 'x', reply_markup })).toContain(description)
    }
    for (const reply_markup of [
      inline({ text: 'A', callback_data: 'é'.repeat(32) }, { text: 'B', url: 'https://x.org/?a=b' }),
      { keyboard: [['plain', { text: 'B' }]], resize_keyboard: true },
      { remove_keyboard: true },
      { force_reply: true },
    ]) {
      expect((await sending({ text: 'x', reply_markup })).ok).toBe(true)
    }
  })
})

describe('parse_mode', () => {
  const parsed = async (text: string, parse_mode: string): Promise<unknown> => {
    const { result, description } = await sending({ text, parse_mode })
    return description ?? [(result as Message).text, ...((result as Message).entities ?? []).map(short)]
  }
  const short = ({
    type,
    offset,
    length,
    url,
  }: {
    type: string
    offset: number
    length: number
    url?: string
  }): string => `${type} ${offset}+${length}${url === undefined ? '' : ` ${url}`}`

  it('HTML', async () => {
    const cases: [string, unknown][] = [
      ['a <b>b <i>c</i></b> &amp;&lt;&#33;&copy;', ['a b c &<!&copy;', 'bold 2+3', 'italic 4+1']],
      ['<a href="https://x.org/?a=1&amp;b=2">l</a>', ['l', 'text_link 0+1 https://x.org/?a=1&b=2']],
      ['<a href="nowhere">l</a>', ['l']],
      ['  <b> x</b> ', [' x', 'bold 0+2']],
      ['<tg-spoiler>s</tg-spoiler><span class="tg-spoiler">t</span>', ['st', 'spoiler 0+1', 'spoiler 1+1']],
      ['<blockquote expandable>q</blockquote>', ['q', 'expandable_blockquote 0+1']],
      ['é<foo>', 'Bad Request: can\'t parse entities: Unsupported start tag "foo" at byte offset 2'],
      ['1 < 2', 'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 2'],
      ['<b>x', 'Bad Request: can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'],
      ['x</b>', "Bad Request: can't parse entities: Unexpected end tag at byte offset 1"],
      [
        '<b><i>x</b></i>',
        'Bad Request: can\'t parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
      ],
      [
        '<span>x</span>',
        'Bad Request: can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset 0',
      ],
      ['<b', "Bad Request: can't parse entities: Unclosed start tag at byte offset 0"],
    ]
    for (const [text, expected] of cases) expect([text, await parsed(text, 'html')]).toEqual([text, expected])
  })

  it('MarkdownV2', async () => {
    const reserved = (character: string): string =>
      `Bad Request: can't parse entities: Character '${character}' is reserved and must be escaped with the preceding '\\'`
    const cases: [string, unknown][] = [
      [
        '*b _i_* __u__ ~s~ ||p||',
        ['b i u s p', 'bold 0+3', 'italic 2+1', 'underline 4+1', 'strikethrough 6+1', 'spoiler 8+1'],
      ],
      ['1\\.5 `a.b`', ['1.5 a.b', 'code 4+3']],
      ['```js\na-b```', ['a-b', 'pre 0+3']],
      ['[l](https://x.org)', ['l', 'text_link 0+1 https://x.org']],
      ['1.5', reserved('.')],
      ['a-b', reserved('-')],
      ['*b', "Bad Request: can't parse entities: Can't find end of bold entity at byte offset 0"],
      ['[l]', "Bad Request: can't parse entities: Can't find end of a URL at byte offset 2"],
    ]
    for (const [text, expected] of cases)
      expect([text, await parsed(text, 'MarkdownV2')]).toEqual([text, expected])
  })

  it('Markdown, and none other', async () => {
    expect(await parsed('*b* 1.5 [l](https://x.org)', 'Markdown')).toEqual([
      'b 1.5 l',
      'bold 0+1',
      'text_link 6+1 https://x.org',
    ])
    expect(await parsed('a_b', 'Markdown')).toBe(
      "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 1",
    )
    expect(await parsed('x', 'BBCode')).toBe('Bad Request: unsupported parse_mode')
  })
})

describe('editing and deleting', () => {
  const setUp = async (): Promise<{ telegram: TelegramEmulator; chat_id: number; message_id: number }> => {
    const telegram = await start()
    const chat_id = telegram.user().id
    const reply_markup = inline({ text: 'A', callback_data: 'a' })
    const { result } = await call(telegram, 'sendMessage', {
      chat_id,
      text: '<b>x</b>',
      parse_mode: 'HTML',
      reply_markup,
    })
    return { telegram, chat_id, message_id: (result as Message).message_id }
  }

  it('replaces text and buttons', async () => {
    const { telegram, ...target } = await setUp()
    const edit = await call(telegram, 'editMessageText', { ...target, text: 'y' })
    expect(edit.result).toMatchObject({ text: 'y', edit_date: expect.any(Number) as number })
    expect(edit.result).not.toHaveProperty('entities')
    expect(edit.result).not.toHaveProperty('reply_markup')
    const reply_markup = inline({ text: 'B', callback_data: 'b' })
    await call(telegram, 'editMessageReplyMarkup', { ...target, reply_markup })
    expect(telegram.messages(target.chat_id)).toMatchObject([{ text: 'y', reply_markup }])
  })

  it('refuses an edit that changes nothing', async () => {
    const { telegram, ...target } = await setUp()
    const same = {
      ...target,
      text: '<b>x</b>',
      parse_mode: 'HTML',
      reply_markup: inline({ text: 'A', callback_data: 'a' }),
    }
    const answer = await call(telegram, 'editMessageText', same)
    expect(answer).toMatchObject({
      status: 400,
      description: expect.stringMatching(/message is not modified/) as string,
    })
    expect(
      (
        await call(telegram, 'editMessageReplyMarkup', {
          ...target,
          reply_markup: inline({ text: 'A', callback_data: 'a' }),
        })
      ).description,
    ).toMatch(/not modified/)
    expect((await call(telegram, 'editMessageText', { ...same, parse_mode: '' })).ok).toBe(true)
  })

  it('refuses what is not there, another’s, or without text', async () => {
    const { telegram, chat_id } = await setUp()
    const ada = telegram.user({ id: chat_id })
    const theirs = telegram.messageOf(telegram.sendText(ada, 'x')).message_id
    const photo = new FormData()
    photo.set('chat_id', String(chat_id))
    photo.set('photo', new Blob(['x']), 'x.jpg')
    const sent = await fetch(`${telegram.url}/bot${TOKEN}/sendPhoto`, { method: 'POST', body: photo })
    const { result } = (await sent.json()) as ApiAnswer
    const edit = async (params: Record<string, unknown>): Promise<string | undefined> =>
      (await call(telegram, 'editMessageText', { text: 'z', ...params })).description
    expect(await edit({})).toBe('Bad Request: message identifier is not specified')
    expect(await edit({ chat_id, message_id: 99 })).toBe('Bad Request: message to edit not found')
    expect(await edit({ chat_id, message_id: theirs })).toBe("Bad Request: message can't be edited")
    expect(await edit({ chat_id, message_id: (result as Message).message_id })).toBe(
      'Bad Request: there is no text in the message to edit',
    )
  })

  it('deletes within 48 hours', async () => {
    let now = Date.now()
    const telegram = await start({ now: () => now })
    const chat_id = telegram.user().id
    const send = async (): Promise<number> =>
      ((await call(telegram, 'sendMessage', { chat_id, text: 'x' })).result as Message).message_id
    const [first, second] = [await send(), await send()]
    expect((await call(telegram, 'deleteMessage', { chat_id, message_id: first })).result).toBe(true)
    expect((await call(telegram, 'deleteMessage', { chat_id, message_id: first })).description).toBe(
      'Bad Request: message to delete not found',
    )
    now += 49 * 3600 * 1000
    expect((await call(telegram, 'deleteMessage', { chat_id, message_id: second })).description).toBe(
      "Bad Request: message can't be deleted for everyone",
    )
    expect(telegram.messages(chat_id)).toHaveLength(1)
  })
})

describe('callback queries', () => {
  it('are answered within 150 s', async () => {
    let now = Date.now()
    const telegram = await start({ now: () => now })
    const ada = telegram.user()
    const reply_markup = inline({ text: 'A', callback_data: 'a' })
    const { result } = await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x', reply_markup })
    const { message_id } = result as Message
    const id = (updateId: number): unknown =>
      (telegram.update(updateId) as { callback_query?: { id: string } }).callback_query?.id
    const [first, second] = [
      id(telegram.press(ada, message_id, 'a')),
      id(telegram.press(ada, message_id, 'a')),
    ]
    const answer = (callback_query_id: unknown, text = 'ok'): Promise<ApiAnswer> =>
      call(telegram, 'answerCallbackQuery', { callback_query_id, text })
    expect((await answer(first)).result).toBe(true)
    expect(telegram.events.at(-1)).toMatchObject({ kind: 'callback_answer', detail: { text: 'ok' } })
    expect((await answer(first, 'x'.repeat(201))).ok).toBe(false)
    now += 151_000
    const tooOld = /query is too old and response timeout expired or query ID is invalid/
    for (const query of [second, 'unknown']) {
      expect(await answer(query)).toMatchObject({
        status: 400,
        description: expect.stringMatching(tooOld) as string,
      })
    }
  })

  it('can come from a button that is gone, when forced', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const { result } = await call(telegram, 'sendMessage', { chat_id: ada.id, text: 'x' })
    const { message_id } = result as Message
    const id = telegram.press(ada, message_id, 'gone', { force: true })
    expect(telegram.update(id)?.callback_query).toMatchObject({ data: 'gone', message: { message_id } })
  })
})

describe('commands', () => {
  it('are kept by scope and language', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const commands = (description: string): { command: string; description: string }[] => [
      { command: 'start', description },
    ]
    const scope = { type: 'chat', chat_id: ada.id }
    await call(telegram, 'setMyCommands', { commands: commands('en') })
    await call(telegram, 'setMyCommands', { commands: commands('ru'), language_code: 'ru' })
    await call(telegram, 'setMyCommands', { commands: commands('Ada'), scope })
    const get = async (params = {}): Promise<unknown> =>
      (await call(telegram, 'getMyCommands', params)).result
    expect(await get()).toEqual(commands('en'))
    expect(await get({ language_code: 'ru' })).toEqual(commands('ru'))
    expect(await get({ scope })).toEqual(commands('Ada'))
    await call(telegram, 'deleteMyCommands', { language_code: 'ru' })
    expect(await get({ language_code: 'ru' })).toEqual([])
    expect(await get()).toEqual(commands('en'))
  })

  it('are checked', async () => {
    const telegram = await start()
    const set = async (params: Record<string, unknown>): Promise<string | undefined> =>
      (await call(telegram, 'setMyCommands', { commands: [], ...params })).description
    expect(await set({ commands: [{ command: 'Start', description: 'x' }] })).toMatch(/BOT_COMMAND_INVALID/)
    expect(await set({ commands: [{ command: 'x', description: '' }] })).toMatch(/DESCRIPTION_INVALID/)
    expect(await set({ commands: {} })).toMatch(/expected an Array/)
    expect(await set({ language_code: 'eng' })).toMatch(/invalid language code/)
    expect(await set({ scope: { type: 'chat', chat_id: 1 } })).toMatch(/chat not found/)
    expect(await set({ scope: { type: 'nowhere' } })).toMatch(/BotCommandScope/)
  })
})

describe('the other methods', () => {
  it('setMessageReaction, sendChatAction, setChatMenuButton, getChat', async () => {
    const telegram = await start()
    const ada = telegram.user({ username: 'ada' })
    const { message_id } = telegram.messageOf(telegram.sendText(ada, 'x'))
    const chat_id = ada.id
    const cases: [string, Record<string, unknown>, string | true][] = [
      ['setMessageReaction', { chat_id, message_id, reaction: [{ type: 'emoji', emoji: '👍' }] }, true],
      ['setMessageReaction', { chat_id, message_id }, true],
      [
        'setMessageReaction',
        { chat_id, message_id, reaction: [{ type: 'emoji', emoji: 'x' }] },
        'REACTION_INVALID',
      ],
      ['setMessageReaction', { chat_id, message_id: 99 }, 'message to react not found'],
      ['sendChatAction', { chat_id, action: 'typing' }, true],
      ['sendChatAction', { chat_id, action: 'dancing' }, 'wrong parameter action in request'],
      ['setChatMenuButton', { chat_id, menu_button: { type: 'commands' } }, true],
      [
        'setChatMenuButton',
        { menu_button: { type: 'web_app', text: 'x', web_app: { url: 'https://x.org' } } },
        true,
      ],
      [
        'setChatMenuButton',
        { menu_button: { type: 'web_app', text: 'x', web_app: { url: 'http://x.org' } } },
        "menu button Web App URL 'http://x.org' is invalid: Only HTTPS links are allowed",
      ],
      [
        'setChatMenuButton',
        { menu_button: { type: 'x' } },
        "can't parse menu button: Unsupported type specified",
      ],
      ['getChat', { chat_id: 1 }, 'chat not found'],
    ]
    for (const [method, params, expected] of cases) {
      const { ok, description } = await call(telegram, method, params)
      expect([method, ok || description]).toEqual([method, expected === true || `Bad Request: ${expected}`])
    }
    expect((await call(telegram, 'getChat', { chat_id })).result).toMatchObject({
      id: chat_id,
      username: 'ada',
    })
    expect(telegram.events.map(({ kind }) => kind)).toEqual(['reaction', 'reaction', 'chat_action'])
    expect(telegram.violations).toEqual([])
  })
})

describe('groups', () => {
  it('become supergroups, and tell the bot where they went', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const group = telegram.group({ title: 'G', members: [ada] })
    telegram.sendText(ada, 'x', { chat: group })
    const { chat, updateIds } = telegram.migrate(group)
    expect(chat).toMatchObject({ type: 'supergroup', title: 'G' })
    expect(telegram.messageOf(updateIds[0])).toMatchObject({ chat: group, migrate_to_chat_id: chat.id })
    expect(telegram.messageOf(updateIds[1])).toMatchObject({ chat, migrate_from_chat_id: group.id })
    expect(await call(telegram, 'sendMessage', { chat_id: group.id, text: 'x' })).toMatchObject({
      status: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: chat.id },
    })
    expect((await call(telegram, 'sendMessage', { chat_id: chat.id, text: 'x' })).ok).toBe(true)
    expect(() => telegram.sendText(ada, 'x', { chat: group })).toThrow('has become')
    telegram.sendText(ada, 'x', { chat })
  })
})

describe('raw updates', () => {
  it('make their chats, users and messages known', async () => {
    const telegram = await start()
    const from = { id: 42, is_bot: false, first_name: 'Eve' }
    const chat = { id: -1_001_234, type: 'supergroup', title: 'S' }
    const id = telegram.deliver({ update_id: 77, message: { message_id: 5, date: 1, from, chat, text: 'x' } })
    expect(id).toBe(77)
    const reply_parameters = { message_id: 5 }
    expect((await call(telegram, 'sendMessage', { chat_id: chat.id, text: 'y', reply_parameters })).ok).toBe(
      true,
    )
    const message = {
      message_id: 6,
      date: 1,
      from: { id: 9, is_bot: true, first_name: 'B' },
      chat,
      text: 'menu',
    }
    telegram.deliver({ callback_query: { id: 'q', from, message, chat_instance: '1', data: 'd' } })
    expect((await call(telegram, 'answerCallbackQuery', { callback_query_id: 'q' })).ok).toBe(true)
    const edit = { chat_id: chat.id, message_id: 6, text: 'pressed' }
    expect((await call(telegram, 'editMessageText', edit)).ok).toBe(true)
  })

  it('may be of any shape', async () => {
    const telegram = await start()
    for (const odd of [
      {},
      { message: null },
      { message: 5 },
      { message: { chat: 'x' } },
      { callback_query: {} },
    ]) {
      expect(telegram.deliver(odd)).toBeTypeOf('number')
    }
    expect(telegram.pending).toBe(5)
  })
})
