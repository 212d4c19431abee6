/** `npm run trigger` and `npm run fault`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand, startDevServer, type DevServer } from './dev-server.ts'

let server: DevServer
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trigger-'))
  server = await startDevServer()
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

const trigger = (...words: string[]) => runCommand('trigger', [...words, '--url', server.url])
const fault = (...words: string[]) => runCommand('fault', [...words, '--url', server.url])

describe('npm run trigger', () => {
  it('sends what people send, and prints what became of it', async () => {
    const { code, out } = await trigger('command', 'ping', 'from', 'a', 'terminal')
    expect(out).toMatch(/^update \d+, message: settled\n/)
    expect(out).toMatch(
      /\+\d.*delivery 1: 200[\s\S]*accepted[\s\S]*leased, attempt 1[\s\S]*sendMessage: 200[\s\S]*settled/,
    )
    expect(code).toBe(0)
    expect((await trigger('command', 'language')).code).toBe(0)
    expect((await trigger('callback', 'language:ru')).out).toMatch(
      /callback_query: settled[\s\S]*editMessageText: 200/,
    )
    expect((await trigger('message', 'привет')).code).toBe(0)
    expect((await trigger('edited', 'привет!')).out).toMatch(/edited_message: settled/)
  })

  it('knows people, chats and topics by name', async () => {
    const { out } = await trigger(
      'command',
      'ping@evergram_bot',
      'x',
      '--user',
      'Chloé',
      '--chat',
      'Observatory',
      '--topic',
      'Telescopes',
    )
    expect(out).toMatch(/message: settled/)
    const { world } = await server.client.state()
    const forum = world.chats.find(({ chat }) => chat.title === 'Observatory')!
    const [asked, answer] = (await server.client.messages(forum.chat.id)).slice(-2)
    const thread = forum.topics[0]?.thread
    expect(asked?.message).toMatchObject({ from: { first_name: 'Chloé' }, message_thread_id: thread })
    expect(answer?.message).toMatchObject({ message_thread_id: thread, is_topic_message: true })
    expect((await trigger('join', '--user', 'Chloé', '--chat', 'Book club')).out).toMatch(/message: settled/)
  })

  it('sends files, and any update out of a file', async () => {
    const voice = join(folder, 'a.oga')
    await writeFile(voice, 'OggS')
    expect((await trigger('voice', voice, 'listen')).out).toMatch(/message: settled/)
    const { world } = await server.client.state()
    const [own] = world.users
    const sent = (await server.client.messages(own!.id)).findLast(({ message }) => message.voice)
    expect(sent?.message).toMatchObject({ voice: { mime_type: 'audio/ogg' }, caption: 'listen' })
    const update = join(folder, 'update.json')
    await writeFile(update, JSON.stringify({ poll: { id: '1', question: 'q' } }))
    expect((await trigger(update)).out).toMatch(/^update \d+, poll: /)
  })

  it('says what is wrong', async () => {
    const cases: [string[], RegExp][] = [
      [['dance'], /"dance" is nothing/],
      [['message', 'x', '--user', 'Nobody'], /no user Nobody/],
      [['message', 'x', '--chat', 'Nowhere'], /no chat Nowhere/],
      [['callback', 'no:such'], /no button with the data no:such/],
      [['photo', join(folder, 'none.png')], /cannot read .*ENOENT/],
      [[join(folder, 'none.json')], /cannot read/],
    ]
    await Promise.all(
      cases.map(async ([words, sentence]) => {
        const { code, out } = await trigger(...words)
        expect([words, code, out]).toEqual([words, 1, expect.stringMatching(sentence)])
      }),
    )
    const nowhere = await runCommand('trigger', ['message', 'x', '--url', 'http://127.0.0.1:1'])
    expect(nowhere).toMatchObject({
      code: 1,
      out: expect.stringContaining('nothing listens at http://127.0.0.1:1'),
    })
    const other = await runCommand('trigger', ['message', 'x', '--url', server.telegramUrl])
    expect(other).toMatchObject({ code: 1, out: expect.stringMatching(/is no `npm run dev`|answered 404/) })
  })
})

describe('npm run fault', () => {
  it('sets, lists and clears', async () => {
    const set = await fault('telegram:sendMessage=429:30', 'store=slow:20', 'webhook=drop:3')
    expect(set).toMatchObject({ code: 0, out: expect.stringContaining('telegram:sendMessage=429:30') })
    expect((await server.client.faults()).map(({ text, left }) => [text, left])).toEqual([
      ['telegram:sendMessage=429:30', null],
      ['store=slow:20', null],
      ['webhook=drop', 3],
    ])
    expect((await fault('clear', 'store')).code).toBe(0)
    expect((await fault('list')).out).not.toContain('store')
    expect((await fault('kill=sent', '--times', '2')).out).toMatch(/kill=sent\n.*2 more/)
    expect((await fault('clear')).out).toContain('No fault is set')
    expect(await server.client.faults()).toEqual([])
  })

  it('says what is wrong', async () => {
    expect(await fault('store=wet')).toMatchObject({ code: 1, out: expect.stringContaining('store= takes') })
    expect(await fault('clear', 'kill')).toMatchObject({
      code: 1,
      out: expect.stringContaining('no fault "kill"'),
    })
    expect(await fault('token=revoked', '--times', 'x')).toMatchObject({ code: 1 })
    const nowhere = await runCommand('fault', ['list', '--url', 'http://127.0.0.1:1'])
    expect(nowhere).toMatchObject({ code: 1, out: expect.stringContaining('nothing listens') })
  })
})
