/**
 * Random sequences against the real scripts, compared with the model and the invariants.
 *
 *   INBOX_MODEL_SECONDS=600 npm test -- test/inbox/model.test.ts     for a time, not for a number of sequences
 *   INBOX_MODEL_ENGINE=native INBOX_MODEL_SEED=1 INBOX_MODEL_PATH=0:1 npm test -- …    one sequence again
 */
import * as fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { EngineKind } from '../../lib/dev/store/engine.ts'
import { runOps, type Op, type Way } from '../support/inbox-run.ts'
import { createSeeds } from '../support/seeds.ts'
import { describeEngines, engines, openStore } from '../support/store.ts'

const { INBOX_MODEL_SECONDS, INBOX_MODEL_SEED, INBOX_MODEL_PATH, INBOX_MODEL_ENGINE } = process.env
const { EVERGRAM_LONG, EVERGRAM_SOAK_MINUTES } = process.env
const seconds = INBOX_MODEL_SECONDS ?? (Number(EVERGRAM_SOAK_MINUTES) * 60 || (EVERGRAM_LONG ? 60 : 0))
/** Time for each engine; 0: until it has run its number of sequences. */
const budgetMs = (Number(seconds) * 1000) / engines.length
/** Sequences of a usual run: some seconds on each engine. */
const SEQUENCES = { native: 150, js: 60 }
/** Sequences that run at the same time, each with its own key prefix. */
const LANES = Number(process.env['LANES'] ?? 3)
const BATCH = 10
/** Time limit for shrinking a failing sequence. */
const SHRINK_MS = 30_000

const pick = fc.nat(9)
const again = fc.boolean()
const chat = fc.nat(3)
const of = <T extends string | number>(...values: T[]) => fc.constantFrom(...values)
const op = (name: Op['op'], fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ op: fc.constant(name), ...fields }) as fc.Arbitrary<Op>

const step: fc.Arbitrary<Op> = fc.oneof(
  { weight: 14, arbitrary: op('accept', { chat, again }) },
  { weight: 4, arbitrary: op('redeliver', { pick, again }) },
  { weight: 14, arbitrary: op('settle', { pick, takeNext: fc.boolean(), again }) },
  {
    weight: 10,
    arbitrary: op('fail', {
      pick,
      way: of<Way>('retry', 'retry', 'wait', 'dead', 'outage', 'telegram', 'token', 'limited', 'limited'),
      delayMs: of(0, 700, 4000, 90_000),
      again,
    }),
  },
  { weight: 4, arbitrary: op('renew', { pick, again }) },
  { weight: 8, arbitrary: op('take', { chat, again }) },
  { weight: 6, arbitrary: op('sweep', { intervalMs: of(0, 0, 10_000), adopt: fc.boolean() }) },
  { weight: 10, arbitrary: op('advance', { ms: of(1, 999, 5001, 15_000, 31_000, 100_000, 400_000) }) },
  { weight: 1, arbitrary: op('age', { hours: of(20, 40) }) },
  { weight: 2, arbitrary: op('skew', { ms: of(-3600_000, -30_000, -2000, 3600_000) }) },
  { weight: 4, arbitrary: op('crash', { pick }) },
  { weight: 4, arbitrary: op('replay', { pick, again }) },
  { weight: 1, arbitrary: op('discard', { pick, again }) },
  { weight: 3, arbitrary: op('breaker', { name: of('', '', 'telegram', 'paused') }) },
  { weight: 2, arbitrary: op('heal', { ok: fc.boolean() }) },
  { weight: 8, arbitrary: op('repeat', { pick }) },
  {
    weight: 3,
    arbitrary: op('forge', {
      pick,
      what: of('owner', 'fence', 'updateId'),
      how: of('settle', 'fail', 'renew'),
    }),
  },
  { weight: 1, arbitrary: op('flush', {}) },
)
const sequence = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' })

describeEngines('the inbox and its model', (engine) => {
  const shared = openStore(engine)
  afterAll(() => shared.cleanup())
  const state = { sequences: 0, shrinkUntil: Infinity }

  const property = (lane: string) =>
    fc.asyncProperty(sequence, async (ops) => {
      if (Date.now() > state.shrinkUntil) return
      state.sequences++
      try {
        await runOps(engine, shared, `${lane}.${state.sequences}`, ops)
      } catch (error) {
        state.shrinkUntil = Math.min(state.shrinkUntil, Date.now() + SHRINK_MS)
        throw error
      }
    })

  const nextSeed = createSeeds(3_000_000)

  /** Runs batches while there is time. @returns a report of the first failure, shrunk */
  const runLane = async (lane: string, goesOn: () => boolean): Promise<string | null> => {
    while (goesOn() && state.shrinkUntil === Infinity) {
      const seed = nextSeed()
      const result = await fc.check(property(lane), { seed, numRuns: BATCH })
      if (result.failed) return report(engine, result)
    }
    return null
  }

  const random = async () => {
    const until = Date.now() + budgetMs
    const goesOn = () => (budgetMs > 0 ? Date.now() < until : state.sequences < SEQUENCES[engine])
    const lanes = Array.from({ length: LANES }, (_, index) => runLane(`lane${index}`, goesOn))
    const failures = (await Promise.all(lanes)).filter((each) => each !== null)
    console.log(`${state.sequences} sequences on the ${engine} engine`)
    expect(failures.join('\n\n'), failures[0]).toBe('')
  }

  const askedFor = async () => {
    const path = INBOX_MODEL_PATH === undefined ? {} : { path: INBOX_MODEL_PATH, endOnFailure: true }
    const result = await fc.check(property('again'), {
      seed: Number(INBOX_MODEL_SEED),
      numRuns: BATCH,
      ...path,
    })
    const message = result.failed ? report(engine, result) : ''
    expect(message, message).toBe('')
  }

  if (INBOX_MODEL_SEED === undefined) {
    it('agree over random sequences', random, budgetMs + SHRINK_MS + 120_000)
  } else if ((INBOX_MODEL_ENGINE ?? engine) === engine) {
    it('agree over the given sequence', askedFor, 60_000)
  } else it.skip('were asked for another engine', () => {})
})

function report(engine: EngineKind, result: fc.RunDetails<[Op[]]>): string {
  const { seed, counterexamplePath, counterexample, errorInstance, numShrinks } = result
  const error = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  return [
    `The inbox and its model differ (engine ${engine}, seed ${seed}, shrunk ${numShrinks} times):`,
    error,
    '',
    'the shrunk sequence:',
    ...(counterexample?.[0] ?? []).map((each) => `  ${JSON.stringify(each)}`),
    '',
    'repeat it with',
    `  INBOX_MODEL_ENGINE=${engine} INBOX_MODEL_SEED=${seed} INBOX_MODEL_PATH=${counterexamplePath ?? ''} npm test -- test/inbox/model.test.ts`,
  ].join('\n')
}
