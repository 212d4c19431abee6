/** What a mutant is, and how a list of them is written down. */
export interface Mutant {
  name: string
  file: string
  from: string
  to: string
  tests: readonly string[]
}

/** A name, what is taken away, what comes instead, and the tests that see it where they are not the list's. */
type Change = [name: string, from: string, to: string, tests?: readonly string[]]

/** The mutants of one file. @param tests what must go red, where a mutant does not name its own */
export function mutants(file: string, tests: readonly string[], changes: readonly Change[]): Mutant[] {
  return changes.map(([name, from, to, own = tests]) => ({
    name: `${file}: ${name}`,
    file,
    from,
    to,
    tests: own,
  }))
}
