import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Message, TelegramEmulator } from '../../lib/dev/telegram/emulator.ts'
import { call, closeLater, deadUrl, startWithHook } from './telegram/kit.ts'

const CHAT = fileURLToPath(new URL('../../lib/dev/chat.ts', import.meta.url))

interface Run {
  code: number | null
  out: string[]
  err: string
}

/** Runs the command with these arguments and lines on its standard input, which then ends, or not. */
function chat(args: string[], lines: string[] = [], isInputEnded = true): Promise<Run> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHAT, '--quiet-seconds', '0.3', ...args], {
    timeout: 15_000,
  })
  const texts = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (texts.out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (texts.err += chunk))
  child.stdin.write(lines.map((line) => `${line}\n`).join(''))
  if (isInputEnded) child.stdin.end()
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ code, out: texts.out.split('\n').filter((line) => line !== ''), err: texts.err }),
    )
  })
}

/** A bot that answers after its webhook has: what it says is up to `reply`. */
async function startBot(
  reply: (message: Message, say: (params: Record<string, unknown>) => Promise<unknown>) => unknown,
  pressed: (data: string, message: Message, telegram: TelegramEmulator, id: string) => unknown = () =>
    undefined,
): Promise<TelegramEmulator> {
  const { telegram, hook } = await startWithHook()
  hook.answer = ({ update }) => {
    const message = update.message ?? update.edited_message
    if (message !== undefined) {
      const { chat } = message as Message
      void reply(message as Message, (params) =>
        call(telegram, 'sendMessage', { chat_id: chat.id, ...params }),
      )
    }
    const query = update.callback_query as { id: string; data: string; message: Message } | undefined
    if (query !== undefined) void pressed(query.data, query.message, telegram, query.id)
    return { status: 200 }
  }
  return telegram
}

const echo = (): Promise<TelegramEmulator> =>
  startBot(({ text, from }, say) => say({ text: `${from?.language_code}: ${text}` }))

describe('npm run chat', () => {
  it('sends piped lines in order, prints the replies and ends', async () => {
    const telegram = await echo()
    const { code, out, err } = await chat(['--telegram', telegram.url], ['/start', '', '/ping hi', '::colon'])
    expect([code, err]).toEqual([0, ''])
    expect(out.filter((line) => line.startsWith('Ada: '))).toEqual([
      'Ada: /start',
      'Ada: /ping hi',
      'Ada: ::colon',
    ])
    expect(out.filter((line) => line.startsWith('bot: '))).toEqual([
      'bot: en: /start',
      'bot: en: /ping hi',
      'bot: en: :colon',
    ])
  })

  it('sends one message from the command line', async () => {
    const telegram = await echo()
    expect(await chat(['--telegram', telegram.url, '--name', 'Bob', '--lang', 'ru', '/ping', 'hi'])).toEqual({
      code: 0,
      out: ['Bob: /ping hi', 'bot: ru: /ping hi'],
      err: '',
    })
  })

  it('is the same person every time, and shows nothing of earlier runs', async () => {
    const telegram = await startBot(({ from }, say) => say({ text: `you are ${from?.id}` }))
    const first = await chat(['--telegram', telegram.url, 'a'])
    const second = await chat(['--telegram', telegram.url, 'a'])
    expect(second.out).toEqual(first.out)
    const other = await chat(['--telegram', telegram.url, '--user', '77', 'a'])
    expect(other.out).toEqual(['Ada: a', 'bot: you are 77'])
  })

  it('talks in a group', async () => {
    const telegram = await startBot(({ chat }, say) => say({ text: `${chat.type} ${chat.title} ${chat.id}` }))
    const first = await chat(['--telegram', telegram.url, '--group', 'Friends', 'a'])
    expect(first.out[1]).toMatch(/^bot: group Friends -\d+$/)
    const second = await chat(['--telegram', telegram.url, '--group', 'Friends', 'a'])
    expect(second.out).toEqual(first.out)
  })

  it('shows buttons by number, presses them, shows edits and notices', async () => {
    const telegram = await startBot(
      (message, say) =>
        say({
          text: 'Which language?',
          reply_markup: {
            inline_keyboard: [
              [
                { text: 'English', callback_data: 'en' },
                { text: 'Français', callback_data: 'fr' },
              ],
              [{ text: 'More', url: 'https://example.org/' }],
            ],
          },
          reply_parameters: { message_id: message.message_id },
        }),
      async (data, message, telegram, id) => {
        await call(telegram, 'answerCallbackQuery', {
          callback_query_id: id,
          text: `${data}!`,
          show_alert: data === 'en',
        })
        const { inline_keyboard } = message.reply_markup ?? { inline_keyboard: [] }
        const target = { chat_id: message.chat.id, message_id: message.message_id }
        await call(telegram, 'editMessageText', {
          ...target,
          text: `Now ${data}`,
          reply_markup: { inline_keyboard },
        })
      },
    )
    const lines = ['/language', ':press français', ':press 1', ':press more', ':press nothing']
    const { code, out, err } = await chat(['--telegram', telegram.url], lines)
    expect(out).toEqual([
      'Ada: /language',
      'bot: Which language?',
      '     [1] English   [2] Français',
      '     [3] More',
      'Ada: :press français',
      'bot (notice): fr!',
      'bot (edited): Now fr',
      '     [1] English   [2] Français',
      '     [3] More',
      'Ada: :press 1',
      'bot (alert): en!',
      'bot (edited): Now en',
      '     [1] English   [2] Français',
      '     [3] More',
      'Ada: :press more',
      'More opens https://example.org/',
      'Ada: :press nothing',
    ])
    expect([code, err]).toEqual([1, 'chat: the bot shows no button "nothing"\n'])
  })

  it('sends files and edits, and says what it cannot do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chat-'))
    closeLater(async () => rmSync(folder, { recursive: true }))
    const path = join(folder, 'a file.txt')
    writeFileSync(path, 'hello')
    const telegram = await startBot(({ document, voice, text, caption, edit_date }, say) =>
      say({
        text: JSON.stringify([
          document?.file_name ?? voice?.file_size ?? text,
          caption ?? edit_date !== undefined,
        ]),
      }),
    )
    const lines = [
      `:file "${path}" my caption`,
      `:voice "${path}"`,
      'one',
      ':edit two',
      ':file /none',
      ':dance',
      ':edit',
      'three',
    ]
    const { code, out, err } = await chat(['--telegram', telegram.url], lines)
    expect(out.filter((line) => line.startsWith('bot: '))).toEqual([
      'bot: ["a file.txt","my caption"]',
      'bot: [5,false]',
      'bot: ["one",false]',
      'bot: ["two",true]',
      'bot: ["three",false]',
    ])
    expect(code).toBe(1)
    expect(err.split('\n')).toEqual([
      'chat: cannot read /none: ENOENT',
      'chat: no such command: :dance (try :help)',
      expect.stringContaining("a user's message has 1 to 4096"),
      '',
    ])
  })

  it('stops at :quit, without waiting for answers or more lines', async () => {
    const telegram = await startBot(() => undefined)
    const { code, out } = await chat(
      ['--telegram', telegram.url, '--wait-seconds', '60'],
      ['a', ':quit', 'b'],
      false,
    )
    expect([code, out]).toEqual([0, ['Ada: a', 'Ada: :quit']])
  })

  it('lets no text of the bot play with the terminal', async () => {
    const telegram = await startBot((_, say) => say({ text: 'a\u001B[2Jb\rc\nd' }))
    const { out } = await chat(['--telegram', telegram.url, 'x'])
    expect(out.slice(1)).toEqual(['bot: a\uFFFD[2Jb\uFFFDc', '     d'])
  })

  it('waits for a bot that is slow, and no longer than told', async () => {
    const { telegram, hook } = await startWithHook({ retry: { baseMs: 100 } })
    hook.answer = async ({ update }, count) => {
      if (count < 5) return { status: 503 }
      const chat_id = (update.message as Message).chat.id
      await call(telegram, 'sendMessage', { chat_id, text: 'at last' })
      return { status: 200 }
    }
    expect(await chat(['--telegram', telegram.url, 'x'])).toMatchObject({
      code: 0,
      out: ['Ada: x', 'bot: at last'],
    })
    hook.answer = () => ({ status: 503 })
    const { code, err } = await chat(['--telegram', telegram.url, '--wait-seconds', '0.5', 'x'])
    expect([code, err]).toEqual([
      1,
      'chat: the bot is still busy after 0.5 s (--wait-seconds waits longer)\n',
    ])
  })

  it('says so when the bot says nothing', async () => {
    const telegram = await startBot(() => undefined)
    expect(await chat(['--telegram', telegram.url, 'x'])).toEqual({
      code: 0,
      out: ['Ada: x'],
      err: 'chat: the bot said nothing\n',
    })
  })

  it('tells plainly when nothing listens, and about wrong options', async () => {
    const url = await deadUrl()
    expect(await chat(['--telegram', url, 'x'])).toEqual({
      code: 1,
      out: [],
      err: `chat: no Telegram emulator answers at ${url}; start one with: npm run dev\n`,
    })
    expect(await chat(['--wait-seconds', 'long'])).toMatchObject({
      code: 1,
      err: 'chat: --wait-seconds needs a number above 0\n',
    })
    expect((await chat(['--nonsense'])).err).toContain("Unknown option '--nonsense'")
    expect((await chat(['--help'])).out[0]).toBe('npm run chat -- [options] [MESSAGE]')
  })
})
