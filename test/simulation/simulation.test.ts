/**
 * The inbox under a scheduler and virtual time: every interleaving is a sequence that can be reproduced.
 *
 *   npm run test:soak -- --minutes 60                                   for a time
 *   SIMULATION_SEED=1 SIMULATION_PATH=0:1 SIMULATION_FAILOVER=0 npm test -- …    one sequence again
 */
import { expect, it } from 'vitest'
import { createSeeds } from '../support/seeds.ts'
import { check } from './check.ts'

const { SIMULATION_SEED, SIMULATION_PATH, SIMULATION_FAILOVER, EVERGRAM_LONG, EVERGRAM_SOAK_MINUTES } =
  process.env
const soakMs = Number(EVERGRAM_SOAK_MINUTES ?? 0) * 60_000
const BATCH = 1000
const isLong = Boolean(EVERGRAM_LONG)
const [USUAL, FAILOVERS] = isLong ? [16_000, 4000] : [4000, 1000]
const LIMIT_MS = 300_000

/** Runs seeded batches until there are enough, or until the time is over. */
async function run(withFailover: boolean, sequences: number, budgetMs: number): Promise<void> {
  const started = performance.now()
  const nextSeed = createSeeds(withFailover ? 2_000_000 : 1_000_000)
  let count = 0
  const goesOn = () => (budgetMs > 0 ? performance.now() - started < budgetMs : count < sequences)
  for (; goesOn(); count += BATCH) {
    const failure = await check({ seed: nextSeed(), runs: BATCH, withFailover })
    expect(failure, failure ?? '').toBeNull()
  }
  const seconds = (performance.now() - started) / 1000
  console.info(`${count} sequences${withFailover ? ' with failovers' : ''} in ${seconds.toFixed(1)} s`)
}

if (SIMULATION_SEED === undefined) {
  it(
    'nothing is lost, doubled or out of order, whatever fails, and all drains once the faults stop',
    () => run(false, USUAL, soakMs * 0.8),
    soakMs + LIMIT_MS,
  )
  it(
    'what can survive the loss of acknowledged writes does',
    () => run(true, FAILOVERS, soakMs * 0.2),
    soakMs + LIMIT_MS,
  )
} else {
  it('the given sequence', async () => {
    const failure = await check({
      seed: Number(SIMULATION_SEED),
      runs: BATCH,
      path: SIMULATION_PATH,
      withFailover: SIMULATION_FAILOVER === '1',
    })
    expect(failure, failure ?? '').toBeNull()
  })
}
