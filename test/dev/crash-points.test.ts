import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CRASH_POINTS, readCrashPoint, watchCalls, type CrashPoint } from '../../lib/dev/crash-points.ts'
import { defineScript } from '../../lib/script.ts'
import { startServer } from '../support/server.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('a fetch that watches', () => {
  /** What passed during a call, with the call's own moment among it. */
  const passed = async (url: string, body: string | null, answer: Response): Promise<string[]> => {
    const seen: string[] = []
    const fetch = async () => {
      seen.push('call')
      return answer
    }
    const watched = watchCalls(fetch, (point) => void seen.push(point))
    await watched(url, { method: 'POST', body })
    return seen
  }
  const telegram = (method: string, status = 200) =>
    passed(`http://127.0.0.1:1/bot7:secret/${method}`, '{}', Response.json({ ok: true }, { status }))

  it('knows the calls that users see', async () => {
    for (const method of ['sendMessage', 'editMessageText', 'answerCallbackQuery', 'deleteMessage']) {
      expect(await telegram(method), method).toEqual(['before-send', 'call', 'sent'])
    }
    expect(await telegram('sendMessage', 500)).toEqual(['before-send', 'call'])
  })

  it('knows the calls of an initialisation, and leaves alone what is only read', async () => {
    for (const method of ['getMe', 'setWebhook', 'setMyCommands']) {
      expect(await telegram(method), method).toEqual(['call', 'during-heal'])
    }
    for (const method of ['getWebhookInfo', 'getFile'])
      expect(await telegram(method), method).toEqual(['call'])
  })

  it('knows a sweep that found something', async () => {
    const sweep = JSON.stringify(['eval', defineScript('sweep', '').text, 0])
    const answer = (result: string[]) => passed('http://127.0.0.1:2', sweep, Response.json({ result }))
    expect(await answer(['c3dlcHQ='])).toEqual(['call'])
    expect(await answer(['c3dlcHQ=', 'MQ=='])).toEqual(['call', 'during-sweep'])
  })

  it('leaves other requests alone', async () => {
    expect(await passed('http://127.0.0.1:2', '["set","k","v"]', Response.json({}))).toEqual(['call'])
    expect(await passed('http://127.0.0.1:2', null, Response.json({}))).toEqual(['call'])
  })

  it('waits for what is done at a point, and is ended by a throw', async () => {
    let calls = 0
    const fetch = async () => {
      calls++
      return Response.json({ ok: true, result: {} })
    }
    const watched = watchCalls(fetch, async () => {
      await Promise.resolve()
      throw new Error('killed')
    })
    await expect(watched('http://127.0.0.1:1/bot7:secret/sendMessage')).rejects.toThrow('killed')
    expect(calls).toBe(0)
  })
})

describe('EVERGRAM_CRASH_AT', () => {
  it('names a point, and which passing of it', () => {
    for (const point of Object.keys(CRASH_POINTS) as CrashPoint[]) {
      expect(readCrashPoint(point)).toEqual({ point, nth: 1 })
      expect(readCrashPoint(`${point}:7`)).toEqual({ point, nth: 7 })
    }
  })

  it.each(['', 'nowhere', 'toString', 'settled:', 'settled:0', 'settled:-1', 'settled:1.5', 'settled:1:2'])(
    'refuses "%s" with the names of all points',
    (text) => {
      expect(() => readCrashPoint(text)).toThrow(/is one of before-accept, .*during-heal/)
    },
  )

  it('is refused by npm run serve with the same sentence, before it listens', async () => {
    const env = { EVERGRAM_CRASH_AT: 'nowhere' }
    await expect(startServer(env)).rejects.toThrow(/"nowhere" is no crash point; it is one of before-accept/)
  })

  it('is unknown to everything that the functions import', () => {
    const files = importedByFunctions()
    // A control: the walk has come to the far end of the bot, the inbox and the healing.
    for (const file of ['lib/bot/features/start.ts', 'lib/inbox/lua.ts', 'lib/worker/heal.ts']) {
      expect([...files.keys()]).toContain(file)
    }
    for (const [file, source] of files) {
      expect(file).not.toMatch(/^lib\/dev\//)
      expect(source, file).not.toMatch(/EVERGRAM_CRASH|crash-points|lib\/dev/)
    }
  })
})

/** Every file of the project that a function can load, at once or later, with its source. */
function importedByFunctions(): Map<string, string> {
  const found = new Map<string, string>()
  const waiting = readdirSync(join(ROOT, 'api')).map((name) => `api/${name}`)
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    const source = readFileSync(join(ROOT, file), 'utf8')
    found.set(file, source)
    for (const [, specifier = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      waiting.push(join(dirname(file), specifier))
    }
  }
  return found
}
