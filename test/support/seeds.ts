import { randomInt } from 'node:crypto'

/**
 * Seeds for random tests. A usual run takes the same ones each time, so that a red test was made red by a change;
 * the long form and a soak draw others.
 * @param first of the usual run's
 */
export function createSeeds(first: number): () => number {
  let next = first
  return () => (process.env['EVERGRAM_LONG'] ? randomInt(2 ** 31) : next++)
}
