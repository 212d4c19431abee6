/**
 * Upstash locks by key, so a script may touch only declared keys. A stock Redis does not check this. So here
 * every script of the project runs under MONITOR, and the keys that it touches are compared with its KEYS.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readSnapshot } from '../../lib/state/snapshot.ts'
import { resetErrors } from '../../lib/state/bot-state.ts'
import { isToldSecret } from '../../lib/webhook/secret.ts'
import { discard, replay } from '../../lib/inbox/dead-letters.ts'
import { keepMalformed } from '../../lib/inbox/malformed.ts'
import { scriptOf } from '../../lib/dev/store/calls.ts'
import { openStore } from '../../lib/redis.ts'
import { defineScript } from '../../lib/script.ts'
import { openInbox, openOwnInbox, type Inbox } from '../support/inbox.ts'
import { OPERATIONS } from '../support/inbox-operations.ts'
import { startMonitor, type Monitor, type ScriptCall } from '../support/inbox-monitor.ts'
import { libraryFiles, scriptSources, sharedLua } from '../support/scripts.ts'
import { engines } from '../support/store.ts'

/** The first line for Upstash, in front of a script's name. */
const FLAG = '#!lua flags=allow-key-locking\n'

describe('the scripts’ source', () => {
  it('is found: these tests see every script', () => {
    const calls = libraryFiles().flatMap(
      ({ source }) => source.match(/(?<!function )\bdefineScript\(/g) ?? [],
    )
    expect(calls.length).toBeGreaterThan(20)
    expect(scriptSources()).toHaveLength(calls.length)
    expect(
      sharedLua()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['COMMON_LUA', 'MAILBOX_LUA'])
  })

  it('gives each script a name of its own', () => {
    const names = scriptSources().map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it.each(scriptSources())('$name has a name that is recognised in a call', ({ name }) => {
    for (const flag of ['', FLAG]) {
      expect(scriptOf(JSON.stringify(['eval', flag + defineScript(name, '').text, 0]))).toBe(name)
    }
  })

  it.each([...scriptSources(), ...sharedLua()])('$name names keys only by KEYS', ({ text }) => {
    const isKey = (word: string) => /^(KEYS\[[^\]]+\]|hashKey|shardKey|listKey|unpack\(KEYS\))$/.test(word)
    // 'COMMAND', key …; the shared functions get their keys as arguments.
    for (const [, rest = ''] of text.matchAll(/redis\.p?call\(([^\n]*)/g)) {
      const [command = '', key = ''] = rest.split(/, |\)/)
      if (command !== `'TIME'`) expect(isKey(key), rest).toBe(true)
    }
    const handed = text.matchAll(/(?<!function )\b(?:onBacklog|rebuild|advance)\(([^\n]*?)\)/g)
    for (const [, list = ''] of handed) {
      const given = list.split(', ').filter((word) => /KEYS|Key/.test(word))
      expect(given.length, list).toBe(2)
      expect(given.every(isKey), list).toBe(true)
    }
    for (const [, key = ''] of text.matchAll(/(?<!function )\bread\(([^,]*),/g)) {
      expect(isKey(key), key).toBe(true)
    }
  })
})

describe.skipIf(!engines.includes('native'))('the keys that a script touches [native]', () => {
  let inbox: Inbox
  let monitor: Monitor
  const ran: ScriptCall[] = []
  beforeAll(async () => {
    const own = await openOwnInbox()
    inbox = own.inbox
    monitor = await startMonitor(own.redisPort)
  })
  afterAll(async () => {
    monitor.close()
    await inbox.cleanup()
  })
  beforeEach(() => inbox.raw('FLUSHALL'))

  it.each(Object.keys(OPERATIONS))('are declared: %s', async (name) => {
    const calls = await monitor.during(() => OPERATIONS[name]?.(inbox) ?? Promise.reject(new Error(name)))
    ran.push(...calls)
    expect(calls.length).toBeGreaterThan(0)
    for (const { keys, inner } of calls) {
      expect(keys.every((key) => key.startsWith('own:'))).toBe(true)
      for (const command of inner) {
        const touched = (await inbox.raw('COMMAND', 'GETKEYS', ...command)) as Buffer[]
        expect(touched.length).toBeGreaterThan(0)
        expect(keys, command.join(' ').slice(0, 200)).toEqual(expect.arrayContaining(touched.map(String)))
      }
    }
  })

  it('were checked for every script', () => {
    const seen = ran.map(({ script }) => scriptOf(JSON.stringify(['EVAL', script])))
    expect(scriptSources().filter(({ name }) => !seen.includes(name))).toEqual([])
  })

  it('are distinguished from undeclared ones', async () => {
    const hidden = defineScript('test', `redis.call('SET', 'own:hidden', '1') return {'ok'}`)
    const calls = await monitor.during(() => inbox.store.run(hidden, ['own:declared'], []))
    expect(calls).toMatchObject([{ keys: ['own:declared'], inner: [['SET', 'own:hidden', '1']] }])
  })
})

describe('with locks by key', () => {
  /** The requests to the store for every operation, with locks by key or without. */
  const sent = async (storeKeyLocking: boolean): Promise<string[]> => {
    const scripts: string[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        const command = JSON.parse(body) as string[]
        expect(String(command[0]).toUpperCase()).toBe('EVAL')
        scripts.push(String(command[1]))
        response.writeHead(400).end(JSON.stringify({ error: 'ERR user_script:1: refused' }))
      })
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    const store = openStore({
      store: { url: `http://127.0.0.1:${port}`, token: 'token' },
      keyPrefix: 'p',
      storeKeyLocking,
    })
    const lease = { chatKey: '1', owner: 'o', fence: '1', attempt: 1, updateId: '1', head: '', nowMs: 0 }
    const inbox = openInbox(engines[0] ?? 'js')
    Object.assign(inbox.store, { run: store.run.bind(store) })
    const calls: Promise<unknown>[] = [
      inbox.accept('1'),
      inbox.settle(lease),
      inbox.fail(lease),
      inbox.renew(lease),
      inbox.take(),
      inbox.sweep(),
      discard(store, '1'),
      replay(store, lease),
      keepMalformed(store, 'x', 'y'),
      readSnapshot(store),
      isToldSecret(store, 'x'),
      resetErrors(store),
    ]
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(scripts).toHaveLength(calls.length)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await inbox.cleanup()
    return scripts
  }

  it('every script runs through the store', () => {
    const users = libraryFiles().filter(({ source }) => /@upstash\/redis|\.eval(sha)?\(/i.test(source))
    expect(users.map(({ file }) => file)).toEqual(['redis.ts'])
  })

  it('every script has the flag as its first line, and no other change', async () => {
    const [plain, locking] = [await sent(false), await sent(true)]
    expect(plain.every((script) => !script.includes('#!'))).toBe(true)
    expect(locking.every((script) => script.startsWith(FLAG))).toBe(true)
    expect(locking.map((script) => script.slice(FLAG.length)).toSorted()).toEqual(plain.toSorted())
  })

  it.skipIf(!engines.includes('native'))(
    'a stock Redis refuses them: the flag is Upstash’s own',
    async () => {
      const inbox = openInbox('native')
      const { url, token, prefix } = inbox.test
      const store = openStore({ store: { url, token }, keyPrefix: prefix, storeKeyLocking: true })
      const flagged = store.run(defineScript('test', `return {'ran'}`), store.keys.allShards, [], {
        totalMs: 50,
      })
      await expect(flagged).rejects.toMatchObject({ name: 'StoreError' })
      expect(await inbox.dump()).toEqual({})
      await inbox.cleanup()
    },
  )
})
