/** The lock files install on every platform, and what they install is what was locked. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface LockEntry {
  integrity?: string
  resolved?: string
  link?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/**
 * Native builds of the Vercel CLI for other platforms, which were in no registry at hand when the file was made.
 * The CLI runs its JavaScript unless its user asks for them. They stay listed, because `npm ci` refuses a lock file
 * that lacks an optional package which the registry has.
 */
const WITHOUT_INTEGRITY = /^node_modules\/@vercel\/vc-native-(?!linux-x64$)/

/**
 * The place where Node finds a package: beside the one that needs it, or in a folder above.
 * @param from path of the package that needs it, as node_modules/a/node_modules/b; '' is the project itself
 */
function placeOf(packages: Record<string, LockEntry>, from: string, name: string): string | undefined {
  const folders = from.split('/node_modules/')
  const above = folders.map((_, index) => folders.slice(0, folders.length - index).join('/node_modules/'))
  return [...above.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`].find(
    (place) => packages[place],
  )
}

describe.each(['package-lock.json', 'test/bench/package-lock.json', 'test/deploy/package-lock.json'])(
  '%s',
  (path) => {
    const { packages } = JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')) as {
      packages: Record<string, LockEntry>
    }
    const entries = Object.entries(packages)
    const foreign = entries.filter(
      ([place, { link }]) => place !== '' && !link && !WITHOUT_INTEGRITY.test(place),
    )

    it('has the integrity of every package', () => {
      expect(foreign.length).toBeGreaterThan(50)
      const without = foreign.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
      expect(without.map(([place]) => place)).toEqual([])
    })

    it('has every package that another needs, those for other platforms included', () => {
      const missing = entries.flatMap(([from, { dependencies, optionalDependencies }]) =>
        Object.keys({ ...dependencies, ...optionalDependencies })
          .filter((name) => placeOf(packages, from, name) === undefined)
          .map((name) => `${name} of ${from}`),
      )
      expect(missing).toEqual([])
    })

    it('names no registry', () => {
      expect(entries.filter(([, { resolved }]) => resolved?.includes('://')).map(([place]) => place)).toEqual(
        [],
      )
    })
  },
)
