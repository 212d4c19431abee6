/** Applies one mutant at a time to a private copy of the tree, and runs there the tests that must kill it. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutant.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
/** Not copied: what the tests do not need, and what is linked instead. */
const LEFT_OUT = /^(node_modules|\.git|public|test\/(deploy|bench))(\/|$)/
/** Longer than any file of tests takes; a mutant that makes them hang is ended and counts as an error. */
const MUTANT_LIMIT_MS = 180_000
/** All files together, without a mutant, may take this much longer for each of them: on any machine. */
const FILE_LIMIT_MS = 60_000

export interface Verdict {
  word: 'killed' | 'SURVIVED' | 'NOT FOUND' | 'ERROR'
  /** The test that killed it, or what went wrong. */
  by: string
}

interface Report {
  numPassedTests: number
  testResults: { message: string; assertionResults: { status: string; fullName: string }[] }[]
}

/** Copies the tree to a new temporary folder; the caller removes it. */
export function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'evergram-mutants-'))
  const isWanted = (source: string) => !LEFT_OUT.test(relative(ROOT, source).replaceAll('\\', '/'))
  cpSync(ROOT, copy, { recursive: true, filter: isWanted })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'dir')
  return copy
}

/** How often a mutant's text occurs in its file: exactly once, or nobody knows what it takes away. */
export function occurrences({ file, from }: Mutant, root: string = ROOT): number {
  return readFileSync(join(root, file), 'utf8').split(from).length - 1
}

/** Runs test files in a copy until the first test fails. @returns null when all pass */
async function firstFailure(
  copy: string,
  tests: readonly string[],
  limitMs: number,
): Promise<(Omit<Verdict, 'word'> & { isError: boolean }) | null> {
  const output = join(copy, 'report.json')
  rmSync(output, { force: true })
  const args = ['run', '--config', 'test/vitest.config.ts', '--bail', '1', '--maxWorkers', '1', ...tests]
  const reporter = ['--reporter', 'json', '--outputFile', output]
  // Without the settings of an enclosing test run: this run has a report of its own.
  const outer = Object.entries(process.env).filter(([name]) => !/^(VITEST|EVERGRAM_RESULTS)/.test(name))
  const child = spawn(process.execPath, [VITEST, ...args, ...reporter], {
    cwd: copy,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(outer), INBOX_MODEL_SECONDS: '8' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000)
    })
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
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
    return { by: code === null ? `the tests hang: ended after ${limitMs / 1000} s` : said, isError: true }
  }
}

/** Runs all these tests without a mutant. @returns what fails, or null */
export async function baseline(copy: string, tests: readonly string[]): Promise<string | null> {
  const failure = await firstFailure(copy, tests, MUTANT_LIMIT_MS + tests.length * FILE_LIMIT_MS)
  return failure && failure.by
}

/** Applies a mutant to a copy, runs its tests and takes it back. */
export async function judge(copy: string, mutant: Mutant): Promise<Verdict> {
  const count = occurrences(mutant, copy)
  if (count !== 1) return { word: 'NOT FOUND', by: `its text occurs ${count} times` }
  const path = join(copy, mutant.file)
  const text = readFileSync(path, 'utf8')
  // A function, because a text would be searched for $ patterns.
  writeFileSync(
    path,
    text.replace(mutant.from, () => mutant.to),
  )
  try {
    const failure = await firstFailure(copy, mutant.tests, MUTANT_LIMIT_MS)
    if (failure === null) return { word: 'SURVIVED', by: mutant.tests.join(' ') }
    return { word: failure.isError ? 'ERROR' : 'killed', by: failure.by }
  } finally {
    writeFileSync(path, text)
  }
}
