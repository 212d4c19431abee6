/**
 * The golden: everything that is stored, or read by others, as it was when golden.json and store.json were written.
 * store.json is also the old data of migration tests; see load.ts.
 *
 *   GOLDEN_WRITE=1 npx vitest run --config test/vitest.config.ts test/golden
 *
 * WARNING: regenerate only when a stored format changes on purpose. A red test here means that a deployment would
 * meet data, cookies, dashboards or buttons that it no longer understands.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type ts from 'typescript'
import { describeEngines, openStore as openTestStore, type TestStore } from '../support/store.ts'
import * as code from './code.ts'
import { dumpStore, type Dump } from './dump.ts'
import { asJson, goldenPart, goldenStore, readGolden } from './files.ts'
import { openHand, type Hand } from './hand.ts'
import { loadGoldenStore } from './load.ts'
import { PARTS } from './parts.ts'
import { readAll } from './readings.ts'
import { examplesIn } from './records.ts'
import { fillBusyStore } from './scenario.ts'
import { END_MS } from './settings.ts'
import { readSources } from './sources.ts'

/** Far above what the longest hook needs, which is a second on a quiet machine. */
const HOOK_MS = 120_000

describeEngines('the golden store', (engine) => {
  let test: TestStore
  const under = (name: string) => `${test.prefix}${name}`
  const openUnder = (name: string, now: () => string) =>
    code.openStore({ store: test, keyPrefix: under(name), storeKeyLocking: false }, { now })

  beforeAll(() => {
    test = openTestStore(engine)
  })
  afterAll(() => test.cleanup())

  describe('as it is written', () => {
    let hand: Hand
    let dump: Dump
    beforeAll(async () => {
      hand = openHand({ url: test.url, token: test.token, keyPrefix: under('written') })
      await fillBusyStore(hand)
      dump = await dumpStore(test.raw, under('written'))
    }, HOOK_MS)

    it('holds the same, key for key', () => {
      expect(asJson(dump)).toEqual(goldenStore(dump))
    })

    it('shows an example of each record', () => {
      const examples = examplesIn(dump)
      expect(examples).toEqual(goldenPart('records', examples))
    })

    it('logs the same events with the same fields', () => {
      const events: Record<string, string[]> = {}
      for (const { event, ...fields } of hand.lines) {
        events[String(event)] = [
          ...new Set([...(events[String(event)] ?? []), ...Object.keys(fields)]),
        ].toSorted()
      }
      expect(events).toEqual(goldenPart('log lines', events))
    })
  })

  describe('as it is loaded', () => {
    it('holds what the file says', async () => {
      const loaded = await loadGoldenStore(test.raw, under('loaded'))
      expect(await dumpStore(test.raw, under('loaded'))).toEqual(loaded)
    })

    it('means the same to every reader', async () => {
      await loadGoldenStore(test.raw, under('read'))
      const readings = asJson(await readAll(openUnder('read', () => String(END_MS))))
      expect(readings).toEqual(goldenPart('readings', readings))
    })

    it('is drained by the present code, each mailbox in its order', async () => {
      const dump = await loadGoldenStore(test.raw, under('drained'))
      const store = openUnder('drained', () => String(END_MS + 3600_000))
      expect(await drainAll(store)).toEqual(pendingIn(dump))
      expect(await code.readSnapshot(store)).toMatchObject({
        pending: 0,
        mailboxes: 0,
        inFlight: 0,
        errors: 0,
      })
    })
  })
})

describe('golden.json', () => {
  let files: readonly ts.SourceFile[]
  beforeAll(() => {
    files = readSources()
  }, HOOK_MS)

  it.each(Object.keys(PARTS))('keeps its %s', async (part) => {
    const actual = asJson(await PARTS[part]?.(files))
    expect(actual).toEqual(goldenPart(part, actual))
  })

  it('has no part that no test computes', () => {
    const ofStore = ['records', 'log lines', 'readings']
    expect(Object.keys(readGolden('golden.json')).toSorted()).toEqual(
      [...Object.keys(PARTS), ...ofStore].toSorted(),
    )
  })
})

/** Chat key -> the update ids that are pending, the head first. */
type Pending = Record<string, string[]>

function pendingIn(dump: Dump): Pending {
  const pending: Pending = {}
  const idOf = (envelope: string) => code.readEnvelope(envelope)?.updateId ?? envelope
  for (const { type, value } of Object.values(dump)) {
    if (type !== 'hash') continue
    for (const [field, envelope] of Object.entries(value)) {
      if (!field.startsWith('h:') || envelope === '') continue
      const chatKey = field.slice(2)
      const backlog = dump[`evergram:backlog:${chatKey}`]
      pending[chatKey] = [envelope, ...(backlog?.type === 'list' ? backlog.value : [])].map(idOf)
    }
  }
  return pending
}

/** Sweeps, takes and settles until nothing is due. @returns what was settled, in order */
async function drainAll(store: code.Store): Promise<Pending> {
  const settled: Pending = {}
  const work = { owner: 'drainer', leaseMs: 15_000 }
  for (const chatKey of (await code.findDue(store, { intervalMs: 0, limit: 100 })) ?? []) {
    const taken = await code.take(store, chatKey, work)
    for (let lease = taken.word === 'leased' ? taken.lease : null; lease;) {
      settled[chatKey] = [...(settled[chatKey] ?? []), lease.updateId]
      const reply = await code.settle(store, lease, { leaseMs: 15_000, takeNext: true, errors: 3 })
      lease = reply.word === 'settled' ? reply.next : null
    }
  }
  return settled
}
