import { randomInt } from 'node:crypto'

/**
 * Seeds for random tests. A normal run uses the same seeds each time, so that a failed test is the result of a change;
 * the long form and a soak use others.
 * @param first of the usual run's
 */
export function createSeeds(first: number): () => number {
  let next = first
  return () => (process.env['EVERGRAM_LONG'] ? randomInt(2 ** 31) : next++)
}

/** The random numbers of a seed, from 0 up to 1: the same for the same seed (mulberry32). */
export function createDraws(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A shuffled copy. */
export function shuffled<T>(list: readonly T[], draw: () => number): T[] {
  const drawn = list.map((each) => ({ each, rank: draw() }))
  return drawn.sort((a, b) => a.rank - b.rank).map(({ each }) => each)
}
