/**
 * Upstash locks by key, so a script may touch declared keys only; elsewhere an undeclared one goes unnoticed. Here
 * every script of the project runs under MONITOR, and what it touches is compared with its KEYS.
 */
import { createServer } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { forgetPeer, markBlocked, movePeer, rememberLanguage } from '../../lib/bot/peers.ts'
import { alertAdmins, noteUnhealthy } from '../../lib/health/alerts.ts'
import { readSnapshot } from '../../lib/health/snapshot.ts'
import { claimHeal, finishHeal, keepHeal, resetErrors } from '../../lib/health/state.ts'
import { refreshView } from '../../lib/health/telegram-view.ts'
import { isToldSecret, recordSecret } from '../../lib/health/webhook-secret.ts'
import { discard, listDeadLetters, replay } from '../../lib/inbox/dead-letters.ts'
import { DEAD_LETTERS_MAX_BYTES } from '../../lib/inbox/fail.ts'
import { keepMalformed } from '../../lib/inbox/malformed.ts'
import { createLogger } from '../../lib/log.ts'
import { openStore } from '../../lib/redis.ts'
import {
  CHAT,
  HOUR_MS,
  LEASE_MS,
  NEIGHBOURS,
  openInbox,
  openOwnInbox,
  STRANGERS,
  type Inbox,
} from '../support/inbox.ts'
import { startMonitor, type Monitor, type ScriptCall } from '../support/inbox-monitor.ts'
import { engines } from '../support/store.ts'

const [NEIGHBOUR = ''] = NEIGHBOURS
const [STRANGER = ''] = STRANGERS

type Work = (inbox: Inbox) => Promise<unknown>

const log = createLogger({ level: 'silent', secrets: [] })
const rate = { requests: 1, windowMs: 60_000 }
const info = { url: 'https://elsewhere.example/webhook', pending_update_count: 0 }
const viewDeps = ({ store }: Inbox) => ({
  store,
  log,
  config: { publicUrl: 'https://bot.example', isPreview: false, webhookSecret: 'a-webhook-secret' },
  call: (method: string) => Promise.resolve(method === 'getWebhookInfo' ? info : true),
})
const alertDeps = ({ store }: Inbox, isReached: boolean) => ({
  store,
  log,
  config: { adminTelegramIds: new Set(['1']) },
  call: () => (isReached ? Promise.resolve(true) : Promise.reject(new Error('away'))),
})
const spoilRecord = (inbox: Inbox) => inbox.setField(`m:${CHAT}`, 'nonsense')
const spoilBacklog = async (inbox: Inbox) => {
  await inbox.raw('DEL', inbox.keys.backlog(CHAT))
  await inbox.raw('SET', inbox.keys.backlog(CHAT), 'x')
}

/** Everything that the project asks the store for, in every turn that touches a key of its own. */
const OPERATIONS: Record<string, Work> = {
  async accept(inbox) {
    await inbox.filled(['1', '2'], { user: '5', rate })
    await inbox.accept('2', { owner: 'me', user: '5' })
    await inbox.leased('3', { chat: NEIGHBOUR, user: '5' })
    inbox.nowMs += LEASE_MS
    expect(await inbox.accept('4', { user: '5' })).toMatchObject({
      expired: NEIGHBOUR,
      lease: { updateId: '1' },
    })
    await inbox.raw('DEL', inbox.dueKey(STRANGER))
    await inbox.raw('SET', inbox.dueKey(STRANGER), 'x')
    await expect(inbox.accept('5', { chat: STRANGER })).rejects.toThrow()
  },
  async 'accept into what was spoilt'(inbox) {
    await inbox.filled(['1', '2'])
    await spoilRecord(inbox)
    await inbox.accept('3')
    await spoilBacklog(inbox)
    await inbox.accept('4')
    await spoilRecord(inbox)
    await inbox.raw('HDEL', inbox.shardKey(CHAT), `h:${CHAT}`)
    await inbox.accept('5')
    await inbox.raw('RPUSH', inbox.keys.seen('6'), 'x')
    expect(await inbox.accept('6')).toMatchObject({ word: 'accepted' })
  },
  async settle(inbox) {
    const lease = await inbox.filled(['1', '2', '3'])
    inbox.nowMs += LEASE_MS / 2
    await inbox.setBot({ errors: 2 })
    const settled = await inbox.settle(lease)
    await inbox.settle(lease)
    if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
    await inbox.settle(settled.next, { takeNext: false, errors: 1 })
    await spoilBacklog(inbox)
    await inbox.settle(await inbox.taken())
  },
  async fail(inbox) {
    const lease = await inbox.filled(['1', '2', '3'])
    await inbox.fail(lease, { countsAsError: true, delayMs: 0 })
    await inbox.fail(await inbox.taken(), { action: 'wait', limited: true, delayMs: 0 })
    await inbox.fail(await inbox.leased('4', { chat: STRANGER }), {
      action: 'wait',
      limited: true,
      delayMs: 1,
    })
    inbox.nowMs += HOUR_MS
    await inbox.dies(await inbox.taken())
    await inbox.raw('HSET', inbox.keys.dead, '#bytes', String(2 * DEAD_LETTERS_MAX_BYTES))
    await inbox.dies(await inbox.taken())
    await spoilBacklog(inbox)
    await inbox.fail(await inbox.taken(), { action: 'dead', breaker: 'telegram', outage: false })
  },
  async take(inbox) {
    await inbox.take()
    await inbox.filled(['1', '2'])
    await inbox.take()
    inbox.nowMs += LEASE_MS
    await inbox.fail(await inbox.taken(), { delayMs: 10 })
    await inbox.take()
    await spoilRecord(inbox)
    await inbox.taken()
    await inbox.setBot({ breaker: 'paused' })
    await inbox.take()
  },
  async renew(inbox) {
    await inbox.renew(await inbox.leased('1'))
  },
  async sweep(inbox) {
    await inbox.sweep()
    await inbox.settle(await inbox.leased('1'))
    await inbox.leased('2', { chat: STRANGER })
    inbox.nowMs += HOUR_MS
    await inbox.sweep()
    await inbox.leased('3')
    inbox.nowMs -= HOUR_MS / 2
    expect(await inbox.sweep({ intervalMs: 5 })).not.toBeNull()
    expect(await inbox.sweep({ intervalMs: 5 })).toBeNull()
  },
  async 'dead letters'(inbox) {
    for (const id of ['1', '2', '3', '4']) await inbox.dies(await inbox.leased(id))
    await listDeadLetters(inbox.store, { offset: 0, count: 10 })
    await discard(inbox.store, '1')
    for (const updateId of ['2', '3', '2']) await replay(inbox.store, { updateId, chatKey: CHAT })
    await spoilRecord(inbox)
    await spoilBacklog(inbox)
    await replay(inbox.store, { updateId: '4', chatKey: CHAT })
  },
  malformed: ({ store }) => keepMalformed(store, 'not JSON', '{'),
  async peers({ store }) {
    await rememberLanguage(store, '5', 'ru')
    await markBlocked(store, '5', true)
    await markBlocked(store, '5', false)
    await movePeer(store, '5', '6')
    await movePeer(store, '5', '6')
    await forgetPeer(store, '6')
  },
  async healing({ store }) {
    await claimHeal(store, 'a', 'restart', 10)
    await claimHeal(store, 'b', 'probe', 10)
    await keepHeal(store, 'a')
    await finishHeal(store, 'a', { status: 'FAILED', nextProbeMs: 10 })
    await claimHeal(store, 'c', 'restart', 10)
    await finishHeal(store, 'c', { status: 'OK', info: '{}' })
    await finishHeal(store, 'c', { status: 'OK', info: '{}' })
    await resetErrors(store)
  },
  async 'the snapshot'(inbox) {
    for (const chat of NEIGHBOURS.slice(0, 20)) await inbox.leased(`1${chat}`, { chat })
    await inbox.raw(
      'ZADD',
      inbox.dueKey(),
      ...Array.from({ length: 200 }, (_, i) => [`${i + 1}`, `x${i}`]).flat(),
    )
    await readSnapshot(inbox.store)
  },
  async 'Telegram’s view'(inbox) {
    await recordSecret(inbox.store, 'one')
    await recordSecret(inbox.store, 'two')
    await isToldSecret(inbox.store, 'one')
    await isToldSecret(inbox.store, 'three')
    await refreshView(viewDeps(inbox))
    await refreshView(viewDeps(inbox))
  },
  async alerts(inbox) {
    await alertAdmins(alertDeps(inbox, false), 'cause', 'text')
    await alertAdmins(alertDeps(inbox, true), 'cause', 'text')
    await noteUnhealthy(inbox.store, true)
    await noteUnhealthy(inbox.store, false)
  },
}

/** The project's Lua: every text constant that calls Redis, by file and name. */
function luaConstants(): { name: string; parts: string[]; text: string }[] {
  const root = fileURLToPath(new URL('../../lib/', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts') && !file.startsWith('dev'))
    .flatMap((file) => {
      const source = readFileSync(root + file, 'utf8')
      return [...source.matchAll(/^(?:export )?const (\w+) = `([^`]*)`/gm)].flatMap(
        ([, name = '', text = '']) => {
          if (!/redis\.p?call\(/.test(text)) return []
          const parts = text
            .split(/\$\{[^}]*\}/)
            .map((part) => part.replaceAll(/\\(.)/g, (_, code: string) => (code === 'n' ? '\n' : code)))
          return [{ name: `${file} ${name}`, parts, text }]
        },
      )
    })
}

describe('the scripts’ source', () => {
  const constants = luaConstants()

  it('is found', () => {
    expect(constants.length).toBeGreaterThan(20)
  })

  it.each(constants)('$name names keys by KEYS alone', ({ text }) => {
    const isKey = (word: string) => /^(KEYS\[[^\]]+\]|shardKey|listKey|unpack\(KEYS\))$/.test(word)
    // 'COMMAND', key …; the shared functions get their keys handed in.
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

  it('were looked at for every script there is', () => {
    const missed = luaConstants().filter(
      ({ parts }) => !ran.some(({ script }) => parts.every((part) => script.includes(part))),
    )
    expect(missed.map(({ name }) => name)).toEqual([])
  })

  it('are told from those that are not declared', async () => {
    const calls = await monitor.during(() =>
      inbox.store.run(`redis.call('SET', 'own:hidden', '1') return {'ok'}`, ['own:declared'], []),
    )
    expect(calls).toMatchObject([{ keys: ['own:declared'], inner: [['SET', 'own:hidden', '1']] }])
  })
})

describe('with locks by key', () => {
  const FLAG = '#!lua flags=allow-key-locking\n'
  /** What the store was sent, with locks by key or without, for every operation. */
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

  it('every script begins with the flag, in its first line, and is otherwise the same', async () => {
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
      const flagged = store.run(`return {'ran'}`, store.keys.allShards, [], { totalMs: 50 })
      await expect(flagged).rejects.toMatchObject({ name: 'StoreError' })
      expect(await inbox.dump()).toEqual({})
      await inbox.cleanup()
    },
  )
})
