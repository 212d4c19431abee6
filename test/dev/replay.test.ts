import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startChild } from '../support/child.ts'
import { textUpdate } from '../support/fake-telegram.ts'
import { until } from '../support/until.ts'
import { describeSystem, inWorld } from '../support/world.ts'

const folder = mkdtempSync(join(tmpdir(), 'evergram-replay-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
/** Replays a file of this content, or the one at a path. */
async function replay(content: unknown, path = join(folder, `${++files}.json`)) {
  if (content !== undefined) {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  // A token in the environment must not be used: nothing here may talk to an account.
  const child = startChild('replay', { TELEGRAM_BOT_TOKEN: '5:not-to-be-used' }, [path])
  const { code } = await child.ended
  return { code, out: child.stdout(), err: child.stderr() }
}

const letter = (update: unknown, cause: unknown = { class: 'threw', name: 'Error', message: 'once' }) => ({
  update_id: '1',
  cause,
  payload: typeof update === 'string' ? update : JSON.stringify(update),
})

describeSystem('what the server exports', () => {
  it('is replayed with its calls, its cause and its outcome', () =>
    inWorld({}, async (world) => {
      const updates = [textUpdate('/ping first', 71), textUpdate('/ping second', -72)]
      for (const update of updates) {
        const chat = (update['message'] as { chat: { id: number } }).chat.id
        world.telegram.refuse('sendMessage', 1, { status: 400, description: 'Bad Request: no' }, chat)
        await world.deliver(update)
        await until('the dead letter', () => world.telegram.textsIn(chat).length === 1)
      }
      const exported = await world.call('GET', '/dead-letters')
      expect(exported.json).toMatchObject({ total: 2 })
      const { code, out, err } = await replay(exported.text)
      expect(err).toBe('')
      const [first = '', second = ''] = out.split(/(?=\nupdate )/)
      expect(first).toMatch(/update \d+, given up on for .*Bad Request: no/)
      expect(first).toMatch(/ {2}sendMessage \{"chat_id":71,.*"text":"pong first\\n\d+ ms"\} -> ok/)
      expect(first).toMatch(/ {2}processed in \d+ ms/)
      expect(second).toContain('pong second')
      expect(out).toContain('2 of 2 processed')
      expect(out).not.toContain('getMe')
      expect(code).toBe(0)
    }))
})

describe('npm run replay', () => {
  it('says what failed again, and ends with 1', async () => {
    // No chat has an id like this, so the local Telegram refuses it as the real one would.
    const unknown = textUpdate('/ping x', 71, { chat: { id: 2 ** 60, type: 'private', first_name: 'Vera' } })
    const { code, out } = await replay([letter(textUpdate('/ping well', 71)), letter(unknown)])
    expect(out).toMatch(/sendMessage .* -> 400 Bad Request: chat not found/)
    expect(out).toMatch(/ {2}failed again: threw TelegramRefused 400 .*chat not found/)
    expect(out).toContain('pong well')
    expect(out).toContain('1 of 2 processed')
    expect(code).toBe(1)
  })

  it('takes a single letter, and prints no sign that a terminal obeys', async () => {
    const { code, out } = await replay(letter(textUpdate('/ping \u001b[2J\u202e\u009bx', 71)))
    expect(out).toContain('pong \\u001b[2J\\u202e\\u009bx')
    for (const sign of ['\u001b', '\u009b', '\u202e']) expect(out).not.toContain(sign)
    expect(code).toBe(0)
  })

  it.concurrent.each([
    ['no file', undefined, /cannot be read \(ENOENT\)/],
    ['no JSON', '{"payload":', /holds no JSON/],
    ['an empty list', [], /holds no dead letter/],
    ['an empty answer', { total: 0, dead_letters: [] }, /holds no dead letter/],
    ['a number', 7, /dead letter 1 has no "payload" of text/],
    ['another object', { update_id: 1 }, /dead letter 1 has no "payload" of text/],
    [
      'a payload that is none',
      [letter({ update_id: 1 }), letter('hello')],
      /dead letter 2 is no update: not JSON/,
    ],
  ])('refuses %s with a sentence, and ends with 2', async (_what, content, sentence) => {
    const { code, out, err } = await replay(content)
    expect(err).toMatch(sentence)
    expect(err).not.toMatch(/\n {4}at /)
    expect(out).toBe('')
    expect(code).toBe(2)
  })
})
