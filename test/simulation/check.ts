/** Runs sequences until one fails, and reports how to reproduce it. */
import * as fc from 'fast-check'
import type { InboxModel } from '../support/inbox-model.ts'
import { sequence, simulate, type Event } from './run.ts'

export interface CheckOptions {
  seed: number
  runs: number
  /** Repeats one sequence of that seed: the path that a failure printed. */
  path?: string | undefined
  withFailover: boolean
  model?: () => InboxModel
  /** Runs a sequence otherwise than over the model only. */
  run?: typeof simulate
  /** The test file that repeats it. */
  file?: string
}

/**
 * A scheduler has its own seed. While a sequence is shrunk, the scheduler arbitrary returns
 * copies that continue where the copy before them ended, so a shrunk failure could not be reproduced.
 */
const order = fc.noShrink(fc.nat())

/** @returns null where all invariants held; else the failure, its shrunk sequence, and the command that repeats it */
export async function check(options: CheckOptions): Promise<string | null> {
  const { seed, runs, path, withFailover, model, run = simulate } = options
  const property = fc.asyncProperty(sequence(withFailover), order, async (events, draw) => {
    const [scheduler] = fc.sample(fc.scheduler(), { seed: draw, numRuns: 1 })
    if (!scheduler) throw new Error('no scheduler was drawn')
    try {
      await run(events, scheduler, model?.())
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(`${message}\n\n${fc.stringify(scheduler)}`, { cause: error })
    }
  })
  const settings = path === undefined ? {} : { path, endOnFailure: true }
  const result = await fc.check(property, { seed, numRuns: runs, ...settings })
  return result.failed ? report(result, options) : null
}

function report(
  result: fc.RunDetails<[Event[], number]>,
  { withFailover, file = 'test/simulation/simulation.test.ts' }: CheckOptions,
): string {
  const { seed, counterexamplePath, counterexample, errorInstance, numRuns, numShrinks } = result
  const [events = []] = counterexample ?? []
  const error = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  return [
    error,
    '',
    `sequence ${numRuns} of seed ${seed}, shrunk ${numShrinks} times:`,
    ...events.map((event) => `  ${JSON.stringify(event)}`),
    '',
    'repeat it with',
    `  SIMULATION_SEED=${seed} SIMULATION_PATH=${counterexamplePath} SIMULATION_FAILOVER=${withFailover ? 1 : 0}` +
      ` npm test -- ${file}`,
  ].join('\n')
}
