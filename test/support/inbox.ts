/**
 * The inbox on a real engine and a virtual clock: every operation with short defaults, and readers of what it
 * leaves in the store.
 *
 *   const inbox = openInbox(engine)
 *   const lease = await inbox.leased('1')            // update 1 of CHAT is accepted and leased
 *   inbox.nowMs += LEASE_MS                          // its worker is late
 *   expect(await inbox.settle(lease)).toEqual(…)
 */
import { Redis } from '@upstash/redis'
import { expect } from 'vitest'
import { startEngine, type EngineKind } from '../../lib/dev/store/engine.ts'
import { createRespClient, RespError, type RespReply } from '../../lib/dev/store/resp.ts'
import { startStoreFront } from '../../lib/dev/store/front.ts'
import { StoreError } from '../../lib/errors.ts'
import { accept, type Accepted } from '../../lib/inbox/accept.ts'
import { listDeadLetters, type DeadLetter } from '../../lib/inbox/dead-letter-list.ts'
import { fail, type Failed, type Failure } from '../../lib/inbox/fail.ts'
import { renew } from '../../lib/inbox/renew.ts'
import { settle, type Settled } from '../../lib/inbox/settle.ts'
import { findDue } from '../../lib/inbox/sweep.ts'
import { take, type Taken } from '../../lib/inbox/take.ts'
import type { Lease } from '../../lib/inbox/types.ts'
import { keysUnder, openStore as openClient, shardOf, SHARDS, type Store } from '../../lib/redis.ts'
import { readSlot, statsField } from '../../lib/stats.ts'
import { openStore, type TestStore } from './store.ts'

export const LEASE_MS = 15_000
export const SWEEP_MS = 10_000
/** Start of the virtual clock: another day, so that a script that uses the real clock fails. */
export const START_MS = 1_700_000_000_000
export const HOUR_MS = 3600_000

/** The default chat of a test. */
export const CHAT = '1001'
/** Chats of CHAT's shard, and of the others. */
export const NEIGHBOURS = chats((shard) => shard === shardOf(CHAT))
export const STRANGERS = chats((shard) => shard !== shardOf(CHAT))

function chats(isWanted: (shard: number) => boolean): string[] {
  const keys = Array.from({ length: 400 }, (_, index) => String(2000 + index))
  return keys.filter((key) => isWanted(shardOf(key)))
}

/** A mailbox's record, read field by field. */
export interface Mailbox {
  fence: number
  owner: string
  untilMs: number
  attempt: number
  waitMs: number
  backlog: number
  sinceMs: number
  head: string
  done: string
}

export interface AcceptOptions {
  chat?: string
  owner?: string
  user?: string | null
  isRequest?: boolean
  payload?: string
  rate?: { requests: number; windowMs: number }
  leaseMs?: number
}

const FAILURE: Failure = {
  action: 'retry',
  delayMs: 1000,
  countsAsError: false,
  breaker: '',
  outage: false,
  limited: false,
  cause: '{"name":"Error","message":"boom"}',
}
export const failure = (changes: Partial<Failure> = {}): Failure => ({ ...FAILURE, ...changes })

export type Inbox = ReturnType<typeof openInbox>

/**
 * Opens an inbox with its own key prefix.
 * @param options.wire 'rest': through the client that production uses; 'resp': straight to the engine, for
 *   tests of many calls
 * @param options.clock 'store': the scripts ask the engine for the time, as in production
 */
export function openInbox(
  engine: EngineKind,
  options: { wire?: 'rest' | 'resp'; clock?: 'virtual' | 'store'; test?: TestStore } = {},
) {
  const test = options.test ?? openStore(engine)
  const config = {
    store: { url: test.url, token: test.token },
    keyPrefix: test.prefix,
    storeKeyLocking: false,
  }
  const clock = { nowMs: START_MS }
  const now = () => (options.clock === 'store' ? '' : String(clock.nowMs))
  const store: Store =
    options.wire === 'resp'
      ? { run: respRun(test), now, keys: keysUnder(test.prefix) }
      : openClient(config, { now })
  let owners = 0
  const raw = async (...command: string[]): Promise<RespReply> => {
    const reply = await test.raw.command(...command)
    if (reply instanceof RespError) throw new Error(`${command[0]}: ${reply.message}`)
    return reply
  }
  const text = (reply: RespReply): string | null => {
    if (reply === null) return null
    if (typeof reply === 'object' && !Buffer.isBuffer(reply)) throw new Error('one word was expected')
    return reply.toString()
  }
  const texts = (reply: RespReply): string[] => (reply as RespReply[]).map((each) => text(each) ?? '')
  const shardKey = (chat: string) => store.keys.shard(shardOf(chat))
  const hget = async (key: string, field: string) => text(await raw('HGET', key, field))

  const inbox = {
    test,
    store,
    keys: store.keys,
    shardKey,
    dueKey: (chat = CHAT): string => store.keys.due(shardOf(chat)),
    /** The store's time for the scripts. */
    get nowMs(): number {
      return clock.nowMs
    },
    set nowMs(ms: number) {
      clock.nowMs = ms
    },
    owner: (): string => `owner-${++owners}`,
    raw,
    /** A command that answers with one word or number. */
    word: async (...command: string[]): Promise<string | null> => text(await raw(...command)),

    accept(id: string, given: AcceptOptions = {}): Promise<Accepted> {
      const { chat = CHAT, user = null, isRequest = true, payload = `{"update_id":${id}}` } = given
      return accept(store, { updateId: id, chatKey: chat, userId: user, isRequest }, payload, {
        owner: given.owner ?? inbox.owner(),
        leaseMs: given.leaseMs ?? LEASE_MS,
        rateLimit: given.rate ?? { requests: 0, windowMs: 60_000 },
        sweepIntervalMs: SWEEP_MS,
      })
    },
    /** Accepts an update that must get the lease of its mailbox. */
    async leased(id: string, given: AcceptOptions = {}): Promise<Lease> {
      const { word, lease } = await inbox.accept(id, given)
      if (word !== 'accepted' || lease === null) throw new Error(`update ${id}: ${word}, not leased`)
      return lease
    },
    /** Accepts updates one after the other. @returns the lease of the first */
    async filled(ids: readonly string[], given: AcceptOptions = {}): Promise<Lease> {
      const [first = '', ...rest] = ids
      const lease = await inbox.leased(first, given)
      for (const id of rest) expect(await inbox.accept(id, given)).toMatchObject({ lease: null })
      return lease
    },
    take: (chat = CHAT, owner: string = inbox.owner(), leaseMs = LEASE_MS): Promise<Taken> =>
      take(store, chat, { owner, leaseMs }),
    /** Takes a mailbox that must be free. */
    async taken(chat = CHAT, owner: string = inbox.owner()): Promise<Lease> {
      const taken = await inbox.take(chat, owner)
      if (taken.word !== 'leased') throw new Error(`mailbox ${chat}: ${taken.word}`)
      return taken.lease
    },
    settle: (
      lease: Lease,
      given: { takeNext?: boolean; errors?: number; ackMs?: number } = {},
    ): Promise<Settled> =>
      settle(store, lease, {
        leaseMs: LEASE_MS,
        takeNext: given.takeNext ?? true,
        errors: given.errors ?? 0,
        ackMs: given.ackMs,
      }),
    fail: (lease: Lease, changes: Partial<Failure> = {}): Promise<Failed> =>
      fail(store, lease, failure(changes)),
    /** Drains a mailbox, after any lease or wait. @returns the update ids in order */
    async drain(chat = CHAT): Promise<string[]> {
      const ids: string[] = []
      for (;;) {
        const taken = await inbox.take(chat)
        if (taken.word === 'idle' || taken.word === 'open') return ids
        if (taken.word !== 'leased') {
          inbox.nowMs += taken.waitMs
          continue
        }
        for (let lease: Lease | null = taken.lease; lease;) {
          ids.push(lease.updateId)
          const settled: Settled = await inbox.settle(lease)
          lease = settled.word === 'settled' ? settled.next : null
        }
      }
    },
    renew: (lease: Lease, leaseMs = LEASE_MS) => renew(store, lease, leaseMs),
    sweep: (given: { intervalMs?: number; limit?: number } = {}) =>
      findDue(store, { intervalMs: given.intervalMs ?? 0, limit: given.limit ?? 32 }),
    letters: async (): Promise<DeadLetter[]> =>
      (await listDeadLetters(store, { offset: 0, count: 1000 })).letters,

    /** Makes an update a dead letter: takes its mailbox's head and fails it. */
    async dies(lease: Lease, changes: Partial<Failure> = {}): Promise<void> {
      expect(await inbox.fail(lease, { action: 'dead', ...changes })).toMatchObject({
        word: 'failed',
        how: 'dead',
      })
    },

    /**
     * Time passes for keys that expire as well. The engine counts their lives by its own clock, so what is left
     * of them is cut.
     */
    async pass(ms: number, expiring: readonly string[]): Promise<void> {
      inbox.nowMs += ms
      for (const key of expiring) {
        const left = Number(await raw('PTTL', key))
        if (left > ms) await raw('PEXPIRE', key, String(left - ms))
        else if (left >= 0) await raw('DEL', key)
      }
    },

    async mailbox(chat = CHAT): Promise<Mailbox | null> {
      const record = await hget(shardKey(chat), `m:${chat}`)
      if (record === null) return null
      const [fence, owner = '', until, attempt, wait, backlog, since, head = '', done = '', ...rest] =
        record.split(' ')
      if (rest.length > 0 || done === '') throw new Error(`not a record: ${record}`)
      return {
        fence: Number(fence),
        owner,
        untilMs: Number(until),
        attempt: Number(attempt),
        waitMs: Number(wait),
        backlog: Number(backlog),
        sinceMs: Number(since),
        head,
        done,
      }
    },
    /** The head's envelope. */
    head: (chat = CHAT): Promise<string | null> => hget(shardKey(chat), `h:${chat}`),
    async backlog(chat = CHAT): Promise<string[]> {
      return texts(await raw('LRANGE', store.keys.backlog(chat), '0', '-1'))
    },
    /** Pending update ids of a mailbox, in order, from the envelopes. */
    async pending(chat = CHAT): Promise<string[]> {
      const head = await inbox.head(chat)
      return [...(head ? [head] : []), ...(await inbox.backlog(chat))].map((each) => each.split(' ')[1] ?? '')
    },
    /** A mailbox's score in the index; null where it is not in it. */
    async due(chat = CHAT): Promise<number | null> {
      const score = text(await raw('ZSCORE', store.keys.due(shardOf(chat)), chat))
      return score === null ? null : Number(score)
    },
    /** A field of the chat's shard. */
    field: (name: string, chat = CHAT) => hget(shardKey(chat), name),
    setField: (name: string, value: string, chat = CHAT) => raw('HSET', shardKey(chat), name, value),
    /** The statistics of the present slot. */
    slot: async (chat = CHAT) => readSlot(await hget(shardKey(chat), statsField(clock.nowMs))),
    /** A field of the bot's state in every shard's copy. */
    async botField(name: string): Promise<(string | null)[]> {
      return Promise.all(store.keys.allShards.map((key) => hget(key, name)))
    },
    async setBot(fields: Record<string, string | number>): Promise<void> {
      const flat = Object.entries(fields).flatMap(([name, value]) => [name, String(value)])
      for (const key of store.keys.allShards) await raw('HSET', key, ...flat)
    },
    /** A counter's sum over all shards. */
    async total(name: string): Promise<number> {
      return (await inbox.botField(name)).reduce((sum, value) => sum + Number(value ?? 0), 0)
    },
    /** All stored data, to prove that a call changed nothing. */
    async dump(): Promise<Record<string, unknown>> {
      const all: Record<string, unknown> = {}
      let cursor = '0'
      do {
        const [next, keys] = (await raw('SCAN', cursor, 'MATCH', `${test.prefix}*`, 'COUNT', '1000')) as [
          Buffer,
          Buffer[],
        ]
        for (const key of keys.map(String)) all[key.slice(test.prefix.length)] = await contents(key)
        cursor = next.toString()
      } while (cursor !== '0')
      return all
    },
    cleanup: () => test.cleanup(),
  }

  async function contents(key: string): Promise<unknown> {
    switch (text(await raw('TYPE', key)) ?? '') {
      case 'hash': {
        const flat = texts(await raw('HGETALL', key))
        return Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : [])))
      }
      case 'zset':
        return texts(await raw('ZRANGE', key, '0', '-1', 'WITHSCORES'))
      case 'list':
        return texts(await raw('LRANGE', key, '0', '-1'))
      case 'string':
        return text(await raw('GET', key))
      default:
        return 'another type'
    }
  }
  return inbox
}

/** An inbox on its own native engine, for tests that fill it or read all its commands. */
export async function openOwnInbox(options: { clock?: 'virtual' | 'store' } = {}) {
  const engine = await startEngine({ kind: 'native' })
  const front = await startStoreFront({ redisPort: engine.port, token: 'a-token-of-no-importance' })
  const raw = createRespClient({ port: engine.port })
  const cleanup = async () => {
    raw.close()
    await front.close()
    await engine.close()
  }
  const { url, token } = front
  const redis = new Redis({ url, token, automaticDeserialization: false, retry: { retries: 0 } })
  const inbox = openInbox('native', { ...options, test: { url, token, prefix: 'own', redis, raw, cleanup } })
  return { inbox, redisPort: engine.port }
}

/** A store that repeats every call after `meanwhile`, as if its answer had been lost. */
export function losingAnswers(store: Store, meanwhile: () => Promise<unknown> = async () => {}): Store {
  const run: Store['run'] = async (...call) => {
    await store.run(...call)
    await meanwhile()
    return store.run(...call)
  }
  return { ...store, run }
}

/** A store's `run` without HTTP, with the same error codes. */
function respRun(test: TestStore): Store['run'] {
  return async (script, keys, args) => {
    const reply = await test.raw.command('EVAL', script.text, String(keys.length), ...keys, ...args)
    if (reply instanceof RespError) {
      const code = /WRONGTYPE/.test(reply.message) ? 'wrong_type' : 'script_failed'
      throw new StoreError(code, { definite: true })
    }
    if (!Array.isArray(reply)) throw new StoreError('unexpected_reply')
    return reply.map(String)
  }
}

/** Every shard's index, so that a test can name a chat in each. */
export const ONE_CHAT_A_SHARD: string[] = Array.from({ length: SHARDS }, (_, shard) => {
  return chats((candidate) => candidate === shard)[0] ?? ''
})
