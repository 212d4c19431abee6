/**
 * Proves the tests by taking guards away: `npm run test:mutants [-- --only <text>] [--jobs <n>] [--list]`.
 *
 * Each mutant of list.ts is applied to a private copy of the tree, where the tests that belong to it run until
 * the first one fails. It prints which test killed it, and exits with 1 when a mutant survives, when its text is
 * not found exactly once, or when the tests fail without it.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findNative } from '../../lib/dev/engine.ts'
import { MUTANTS, type Mutant } from './list.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
/** Not copied: what the tests do not need, and what is linked instead. */
const LEFT_OUT = /^(node_modules|\.git|public|test\/(deploy|bench))(\/|$)/
/** Longer than any file of tests takes; a mutant that makes them hang is ended and counts as an error. */
const LIMIT_MS = 180_000

interface Verdict {
  word: 'killed' | 'SURVIVED' | 'NOT FOUND' | 'ERROR'
  /** The test that killed it, or what went wrong. */
  by: string
}

interface Report {
  numPassedTests: number
  testResults: { message: string; assertionResults: { status: string; fullName: string }[] }[]
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(Math.max(1, Math.min(4, availableParallelism()))) },
    list: { type: 'boolean', default: false },
  },
})

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'evergram-mutants-'))
  const isWanted = (source: string) => !LEFT_OUT.test(relative(ROOT, source).replaceAll('\\', '/'))
  cpSync(ROOT, copy, { recursive: true, filter: isWanted })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'dir')
  return copy
}

/** Runs test files in a copy. @returns null when all pass */
async function firstFailure(
  copy: string,
  tests: readonly string[],
): Promise<(Omit<Verdict, 'word'> & { isError: boolean }) | null> {
  const output = join(copy, 'report.json')
  rmSync(output, { force: true })
  const args = ['run', '--config', 'test/vitest.config.ts', '--bail', '1', '--maxWorkers', '1', ...tests]
  const reporter = ['--reporter', 'json', '--outputFile', output]
  const child = spawn(process.execPath, [VITEST, ...args, ...reporter], {
    cwd: copy,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, INBOX_MODEL_SECONDS: '8' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000)
    })
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  clearTimeout(timer)
  if (code === 0) return null
  try {
    const report = JSON.parse(readFileSync(output, 'utf8')) as Report
    for (const { assertionResults } of report.testResults) {
      const failed = assertionResults.find(({ status }) => status === 'failed')
      if (failed) return { by: failed.fullName, isError: false }
    }
    const { message = '' } = report.testResults.find((file) => file.message !== '') ?? {}
    return { by: message.split('\n')[0] || `no test failed, yet the run did: ${said}`, isError: true }
  } catch {
    return { by: code === null ? 'the tests hang' : said, isError: true }
  }
}

async function judge(copy: string, mutant: Mutant): Promise<Verdict> {
  const path = join(copy, mutant.file)
  const text = readFileSync(path, 'utf8')
  const [before = '', after, ...more] = text.split(mutant.from)
  if (after === undefined) return { word: 'NOT FOUND', by: 'its text does not occur' }
  if (more.length > 0) return { word: 'NOT FOUND', by: `its text occurs ${more.length + 1} times` }
  writeFileSync(path, before + mutant.to + after)
  try {
    const failure = await firstFailure(copy, mutant.tests)
    if (failure === null) return { word: 'SURVIVED', by: mutant.tests.join(' ') }
    return { word: failure.isError ? 'ERROR' : 'killed', by: failure.by }
  } finally {
    writeFileSync(path, text)
  }
}

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
    const broken = await firstFailure(copies[0] ?? '', tests)
    if (broken) {
      console.error(`mutants: the tests fail without any: ${broken.by}`)
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
