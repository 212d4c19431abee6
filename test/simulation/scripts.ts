/** The simulation over the real scripts of one engine. One file an engine, so that both run at the same time. */
import { afterAll, expect, it } from 'vitest'
import type { EngineKind } from '../../lib/dev/store/engine.ts'
import { openInbox } from '../support/inbox.ts'
import { createSeeds } from '../support/seeds.ts'
import { describeEngine, openStore } from '../support/store.ts'
import { check } from './check.ts'
import { Mirror } from './mirror.ts'
import { CHATS, simulate } from './run.ts'

const { SIMULATION_SEED, SIMULATION_PATH, SIMULATION_FAILOVER, EVERGRAM_SOAK_MINUTES } = process.env
const BATCH = 20
/** One of this many batches has failovers. For each failover, the scripts run all calls again. */
const FAILOVER_EACH = 3
const LIMIT_MS = 300_000

/** @param sequences number of sequences of a normal run */
export function simulateOnScripts(engine: EngineKind, sequences: number): void {
  describeEngine('the simulation on the real scripts', engine, () => {
    const shared = openStore(engine)
    afterAll(() => shared.cleanup())
    const budgetMs = Number(EVERGRAM_SOAK_MINUTES ?? 0) * 60_000
    let count = 0
    const run: typeof simulate = async (events, scheduler) => {
      const test = { ...shared, prefix: `${shared.prefix}${++count}`, cleanup: () => Promise.resolve() }
      const mirror = new Mirror(openInbox(engine, { wire: 'resp', test }), CHATS)
      try {
        await simulate(events, scheduler, mirror, () => mirror.follow())
      } finally {
        await mirror.clear()
      }
    }
    const file = `test/simulation/scripts-${engine}.test.ts`
    const nextSeed = createSeeds(5_000_000)

    if (SIMULATION_SEED !== undefined) {
      it('the given sequence', async () => {
        const withFailover = SIMULATION_FAILOVER === '1'
        const asked = { seed: Number(SIMULATION_SEED), path: SIMULATION_PATH, withFailover }
        const failure = await check({ ...asked, runs: BATCH, run, file })
        expect(failure, failure ?? '').toBeNull()
      })
      return
    }
    it(
      'what the scripts answer and keep is what the model does, after every step',
      async () => {
        const startMs = performance.now()
        const goesOn = () => (budgetMs > 0 ? performance.now() - startMs < budgetMs : count < sequences)
        for (let batch = 1; goesOn(); batch++) {
          const withFailover = batch % FAILOVER_EACH === 0
          const failure = await check({ seed: nextSeed(), runs: BATCH, withFailover, run, file })
          expect(failure, failure ?? '').toBeNull()
        }
        const seconds = (performance.now() - startMs) / 1000
        console.info(`${count} sequences on the scripts of the ${engine} engine in ${seconds.toFixed(1)} s`)
      },
      budgetMs + LIMIT_MS,
    )
  })
}
