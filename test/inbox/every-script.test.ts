/**
 * Rules for every script, by one list of operations: a key of another type, a full store, and a script cache that
 * was flushed. Each call runs under the fault first, then the data is restored, and the call runs without the fault.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../lib/redis.ts'
import { OPERATIONS } from '../support/inbox-operations.ts'
import { openOwnInbox, type Inbox } from '../support/inbox.ts'
import { scriptSources } from '../support/scripts.ts'
import { engines } from '../support/store.ts'

type Call = Parameters<Store['run']>

/**
 * The scripts that a full store may refuse: they take something in. settle is asked again with a word that it is full,
 * and a secret that is not known is refused without being counted. An account that cannot be taken is not asked for.
 */
const REFUSED: readonly string[] = [
  'accept',
  'check-secret',
  'count-wrong-try',
  'keep-malformed',
  'replay',
  'settle',
  'take-account',
]

describe.skipIf(!engines.includes('native'))('every script [native]', () => {
  let inbox: Inbox
  let run: Store['run']
  /** A script's name -> its result in a full store. */
  const full = new Map<string, string[]>()

  beforeAll(async () => {
    inbox = (await openOwnInbox()).inbox
    run = inbox.store.run.bind(inbox.store)
  })
  afterAll(() => inbox.cleanup())
  beforeEach(async () => {
    await inbox.raw('CONFIG', 'SET', 'maxmemory', '0')
    await inbox.raw('FLUSHALL')
  })

  /** Runs all operations; calls `probe` before each call. */
  const probing = async (name: string, probe: (...call: Call) => Promise<void>) => {
    Object.assign(inbox.store, {
      run: async (...call: Call) => {
        await probe(...call)
        return run(...call)
      },
    })
    try {
      await OPERATIONS[name]?.(inbox)
    } finally {
      Object.assign(inbox.store, { run })
    }
  }

  /** All stored data, to restore it. */
  const save = async () => {
    const keys = (await inbox.raw('KEYS', '*')) as Buffer[]
    const saved = await inbox.test.raw.pipeline(keys.map((key) => ['DUMP', String(key)]))
    return async () => {
      await inbox.raw('FLUSHALL')
      for (const [index, key] of keys.entries()) await restore(String(key), saved[index] as Buffer)
    }
  }
  const restore = (key: string, dump: Buffer) => inbox.test.raw.command('RESTORE', key, '0', dump)

  /**
   * Fields that a fault may leave otherwise: counted twice, or the bot's state in one shard's copy, which its next
   * re-initialisation writes anew. None of them is an update.
   */
  const HARMLESS = [
    'errors',
    'rate',
    'swept_at',
    'malformed',
    'refused',
    'status',
    'breaker_until',
    'breaker_tries',
    'epoch',
  ]

  const stored = async () => {
    const plain = (value: unknown): unknown =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? value
        : Object.entries(value)
            .filter(([field]) => !HARMLESS.includes(field))
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            // The envelope contains the rate verdict.
            .map(([field, text]) => [field, String(text).replace(/ (ok|notice|drop) /, ' verdict ')])
    const all = Object.entries(await inbox.dump()).map(([key, value]) => [key, plain(value)] as const)
    return Object.fromEntries(all.filter(([, value]) => !Array.isArray(value) || value.length > 0))
  }

  const spoil = async (key: string) => {
    const saved = (await inbox.test.raw.command('DUMP', key)) as Buffer | null
    const isString = (await inbox.word('TYPE', key)) === 'string'
    await inbox.raw('DEL', key)
    await (isString ? inbox.raw('RPUSH', key, 'x') : inbox.raw('SET', key, 'x'))
    return async () => {
      await inbox.raw('DEL', key)
      if (saved) await restore(key, saved)
    }
  }

  /** Runs a script and restores the data. @returns whether it succeeded, and the data after it */
  const rehearse = async (...[script, keys, args]: Call) => {
    const back = await save()
    const isWell = await run(script, keys, args).then(
      () => true,
      () => false,
    )
    const meant = await stored()
    await back()
    return { back, isWell, meant }
  }

  it.each(Object.keys(OPERATIONS))(
    'loses and doubles nothing where a key is of another type, and goes on once it is repaired: %s',
    async (name) => {
      let refused = 0
      await probing(name, async (script, keys, args) => {
        const { back, isWell, meant } = await rehearse(script, keys, args)
        for (const [at, key] of isWell ? keys.entries() : []) {
          const repair = await spoil(key)
          const outcome = await run(script, keys, args).catch((error: unknown) => error)
          if (outcome instanceof Error) {
            refused++
            expect(outcome).toMatchObject({ name: 'StoreError', code: 'wrong_type', definite: true })
            await repair()
            await run(script, keys, args)
            expect(await stored(), `${script.name}, key ${at + 1}`).toEqual(meant)
          }
          await back()
        }
      })
      // A control: keys were of another type.
      expect(refused).toBeGreaterThan(0)
    },
    60_000,
  )

  it.each(Object.keys(OPERATIONS))('needs no script cache: %s', async (name) => {
    let calls = 0
    await probing(name, async () => {
      calls++
      await inbox.raw('SCRIPT', 'FLUSH')
    })
    expect(calls).toBeGreaterThan(0)
  })

  it.each(Object.keys(OPERATIONS))(
    'in a full store is refused whole, or does all that it does elsewhere: %s',
    async (name) => {
      await probing(name, async (script, keys, args) => {
        const { back, isWell, meant } = await rehearse(script, keys, args)
        const before = await stored()
        await inbox.raw('CONFIG', 'SET', 'maxmemory', '1')
        const outcome = await run(script, keys, args).catch((error: unknown) => error)
        await inbox.raw('CONFIG', 'SET', 'maxmemory', '0')
        const isRefused = outcome instanceof Error && /store_full/.test(outcome.message)
        if (isWell || isRefused) expect(await stored(), script.name).toEqual(isRefused ? before : meant)
        const way = isRefused ? 'refused' : 'goes on'
        full.set(script.name, [...new Set([...(full.get(script.name) ?? []), way])].toSorted())
        await back()
      })
    },
    60_000,
  )

  it('works in a full store unless it stores something new', () => {
    const refused = [...full].filter(([, ways]) => ways.includes('refused')).map(([script]) => script)
    expect(refused.toSorted()).toEqual(REFUSED)
    expect([...full.keys()].toSorted()).toEqual(
      scriptSources()
        .map(({ name }) => name)
        .toSorted(),
    )
  })
})
