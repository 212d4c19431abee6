/** The few statistics that the benchmark needs. */

/** The value below which the share `p` of the values lies (nearest rank); NaN of nothing. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

/** A generator of numbers in [0, 1) that is the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `items` beginning with the one at `turn`: who goes first changes, so that the order favours nobody. */
export function rotated<T>(items: readonly T[], turn: number): T[] {
  const at = turn % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
