import { Input, Telegram } from 'telegraf'
import { describe, expect, it } from 'vitest'
import type { TelegramEmulator } from '../../../lib/dev/telegram/emulator.ts'
import { call, start, TOKEN, type ApiAnswer } from './kit.ts'

const MEGABYTE = 1024 * 1024

async function upload(
  telegram: TelegramEmulator,
  method: string,
  fields: Record<string, string | Blob>,
): Promise<ApiAnswer> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.set(name, value)
    else form.set(name, value, 'name.bin')
  }
  const response = await fetch(`${telegram.url}/bot${TOKEN}/${method}`, { method: 'POST', body: form })
  return { status: response.status, ...((await response.json()) as Omit<ApiAnswer, 'status'>) }
}

const download = (telegram: TelegramEmulator, path: unknown, token = TOKEN): Promise<Response> =>
  fetch(`${telegram.url}/file/bot${token}/${String(path)}`)

describe('files of a user', () => {
  it('are described by getFile and downloaded', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256)
    const document = telegram.messageOf(
      telegram.sendDocument(ada, bytes, { fileName: 'a.bin', mimeType: 'application/x-bin', caption: 'c' }),
    )
    const voice = telegram.messageOf(telegram.sendVoice(ada, bytes, { durationSeconds: 7 }))
    const photo = telegram.messageOf(telegram.sendPhoto(ada, bytes))
    expect(document).toMatchObject({
      caption: 'c',
      document: { file_name: 'a.bin', mime_type: 'application/x-bin' },
    })
    expect(voice.voice).toMatchObject({ duration: 7, mime_type: 'audio/ogg', file_size: 300 })
    for (const file of [document.document, voice.voice, photo.photo?.[0]]) {
      const { result } = await call(telegram, 'getFile', { file_id: file?.file_id })
      expect(result).toMatchObject({ file_size: 300, file_unique_id: file?.file_unique_id })
      const response = await download(telegram, (result as { file_path: string }).file_path)
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    }
  })

  it('are refused with another token, an unknown path or id, and past 20 MB', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const big = telegram.messageOf(telegram.sendDocument(ada, Buffer.alloc(20 * MEGABYTE + 1)))
    const small = telegram.messageOf(telegram.sendDocument(ada, Buffer.from('x')))
    const { result } = await call(telegram, 'getFile', { file_id: small.document?.file_id })
    const path = (result as { file_path: string }).file_path
    expect((await download(telegram, path, '1:other')).status).toBe(401)
    expect((await download(telegram, 'documents/none')).status).toBe(404)
    expect((await download(telegram, `${path}/../none`)).status).toBe(404)
    expect(await call(telegram, 'getFile', { file_id: big.document?.file_id })).toMatchObject({
      status: 400,
      description: 'Bad Request: file is too big',
    })
    expect((await call(telegram, 'getFile', { file_id: 'none' })).description).toMatch(/wrong file_id/)
  })

  it('fail on demand', async () => {
    const telegram = await start()
    const { document } = telegram.messageOf(telegram.sendDocument(telegram.user(), Buffer.from('x')))
    const { result } = await call(telegram, 'getFile', { file_id: document?.file_id })
    telegram.faults.set('download', { status: 502, times: 1 })
    const { file_path } = result as { file_path: string }
    expect((await download(telegram, file_path)).status).toBe(502)
    expect((await download(telegram, file_path)).status).toBe(200)
  })
})

describe('files of the bot', () => {
  it('are uploaded by name or as an attachment, and sent again by id', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const chat_id = String(ada.id)
    const first = await upload(telegram, 'sendDocument', {
      chat_id,
      document: new Blob(['one']),
      caption: '/x',
    })
    expect(first.result).toMatchObject({ caption: '/x', document: { file_name: 'name.bin', file_size: 3 } })
    const attached = { chat_id, voice: 'attach://v', v: new Blob(['sound']), duration: '4' }
    const voice = await upload(telegram, 'sendVoice', attached)
    expect(voice.result).toMatchObject({ voice: { duration: 4, file_size: 5 } })
    await upload(telegram, 'sendPhoto', { chat_id, photo: new Blob(['picture']) })
    const document = (first.result as { document: { file_id: string } }).document.file_id
    const again = await call(telegram, 'sendDocument', { chat_id: ada.id, document })
    expect(again.result).toMatchObject({ document: { file_id: document } })
    const { result } = await call(telegram, 'getFile', { file_id: document })
    expect(await (await download(telegram, (result as { file_path: string }).file_path)).text()).toBe('one')
    expect(telegram.calls[0]?.params.document).toEqual({ file_name: 'name.bin', size: 3 })
    expect(telegram.violations).toEqual([])
  })

  it('are refused when missing, empty, unknown, remote or too big', async () => {
    const telegram = await start()
    const chat_id = String(telegram.user().id)
    const cases: [Record<string, string | Blob>, number, string][] = [
      [{ chat_id }, 400, 'there is no photo in the request'],
      [{ chat_id, photo: new Blob([]) }, 400, 'file must be non-empty'],
      [{ chat_id, photo: 'attach://none' }, 400, 'there is no photo in the request'],
      [{ chat_id, photo: 'unknown' }, 400, 'wrong remote file identifier'],
      [{ chat_id, photo: 'https://example.org/a.jpg' }, 400, 'failed to get HTTP URL content'],
      [{ chat_id, photo: new Blob([Buffer.alloc(10 * MEGABYTE + 1)]) }, 400, 'file is too big'],
      [{ chat_id, photo: new Blob(['x']), caption: 'x'.repeat(1025) }, 400, 'message caption is too long'],
    ]
    for (const [fields, status, description] of cases) {
      const answer = await upload(telegram, 'sendPhoto', fields)
      expect(answer).toMatchObject({ status, description: expect.stringContaining(description) as string })
    }
    const huge = { chat_id, document: new Blob([Buffer.alloc(50 * MEGABYTE + 1)]) }
    expect((await upload(telegram, 'sendDocument', huge)).status).toBe(413)
  })

  it('come through as telegraf uploads them', async () => {
    const telegram = await start()
    const ada = telegram.user()
    const client = new Telegram(TOKEN, { apiRoot: telegram.url })
    const sent = await client.sendDocument(
      ada.id,
      Input.fromBuffer(Buffer.from('--\r\nbytes\r\n'), 'b.txt'),
      {
        caption: '<b>c</b>',
        parse_mode: 'HTML',
        reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] },
      },
    )
    expect(sent).toMatchObject({ caption: 'c', document: { file_name: 'b.txt', file_size: 11 } })
    const link = await client.getFileLink(sent.document.file_id)
    expect(await (await fetch(link)).text()).toBe('--\r\nbytes\r\n')
    expect(telegram.violations).toEqual([])
  })
})
