/**
 * Proves the tests by taking guards away: `npm run test:mutants [-- --only <text>] [--jobs <n>] [--list]`.
 *
 * Each mutant of list.ts is applied to a private copy of the tree, where the tests that belong to it run until
 * the first one fails. It prints which test killed it, and exits with 1 when a mutant survives, when its text is
 * not found exactly once, or when the tests fail without it.
 */
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { findNative } from '../../lib/dev/store/engine.ts'
import { baseline, copyTree, judge, type Verdict } from './judge.ts'
import { MUTANTS } from './list.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(Math.max(1, Math.min(4, availableParallelism()))) },
    list: { type: 'boolean', default: false },
  },
})

async function main(): Promise<number> {
  const wanted = MUTANTS.filter(({ name }) => name.includes(values.only))
  if (values.list) {
    for (const { name } of wanted) console.log(name)
    return 0
  }
  if (findNative() === null) {
    console.error(
      'mutants: redis-server or valkey-server must be on PATH: some guards show on a real engine only',
    )
    return 1
  }
  const copies: string[] = []
  process.once('SIGINT', () => {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true })
    process.exit(130)
  })
  try {
    const jobs = Math.max(1, Math.min(Number(values.jobs) || 1, wanted.length))
    for (let job = 0; job < jobs; job++) copies.push(copyTree())
    const tests = [...new Set(wanted.flatMap((mutant) => mutant.tests))]
    const broken = await baseline(copies[0] ?? '', tests)
    if (broken !== null) {
      console.error(`mutants: the tests fail without any: ${broken}`)
      return 1
    }
    const counts: Record<Verdict['word'], number> = { killed: 0, SURVIVED: 0, 'NOT FOUND': 0, ERROR: 0 }
    const queue = [...wanted]
    const work = async (copy: string) => {
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const { word, by } = await judge(copy, mutant)
        counts[word]++
        console.log(`${word.padEnd(9)}  ${mutant.name}\n           ${word === 'killed' ? 'by ' : ''}${by}`)
      }
    }
    await Promise.all(copies.map(work))
    const bad = counts.SURVIVED + counts['NOT FOUND'] + counts.ERROR
    console.log(
      `\n${wanted.length} mutants: ${counts.killed} killed, ${counts.SURVIVED} survived,` +
        ` ${counts['NOT FOUND']} not found, ${counts.ERROR} errors`,
    )
    return bad === 0 ? 0 : 1
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true })
  }
}

process.exitCode = await main()
