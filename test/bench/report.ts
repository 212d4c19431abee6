/** What a run leaves: a table, the budgets, results.json, and the figures in the README beside it. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { judge, type Budget } from './budgets.ts'
import { ROOT } from './build.ts'
import type { Name } from './contestants.ts'
import type { AccountCosts } from './measure/account.ts'
import type { Cold } from './measure/cold.ts'
import type { Cost } from './measure/commands.ts'
import type { Killed } from './measure/kills.ts'
import type { Memory } from './measure/memory.ts'
import type { Pending } from './measure/pending.ts'
import type { Throughput } from './measure/throughput.ts'
import type { Warm } from './measure/warm.ts'
import { figuresOf, type Environment } from './readme.ts'
import { tableOf } from './table.ts'

export interface Results {
  isQuick: boolean
  /** The machine's load over a minute when the run began: above the number of cores, the times are noise. */
  loadBefore: number
  seconds: number
  /** What was started for each contestant. */
  commands: Record<Name, string>
  cold: Partial<Record<Name, Cold>>
  warm: Partial<Record<Name | 'floor', Warm>>
  costs: Partial<Record<Name, Cost>>
  throughput: Partial<Record<Name, Throughput>>
  killed: Partial<Record<Name, Killed>>
  /** Seconds until a killed worker's chat was answered, of each try; null where it never was. */
  recovery: Partial<Record<Name, (number | null)[]>>
  memory: Memory
  /** What the Chat SDK's state keeps of an update that is done. */
  chatRememberedBytes: number
  pending: Pending
  account: AccountCosts
}

const RESULTS = join(ROOT, 'test/bench/results.json')
const README = join(ROOT, 'test/bench/README.md')
const MARKED = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/

export function report(results: Results): void {
  const environment = {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short=12', 'HEAD'),
    isDirty: git('status', '--porcelain', '--', 'lib', 'api') !== '',
    node: process.version,
    cores: availableParallelism(),
    loadBefore: results.loadBefore,
    loadAfter: loadavg()[0] ?? 0,
  }
  const budgets = judge(results)
  const verdicts = budgets.map(
    ({ what, limit, value, isMet }) => `${isMet ? 'met    ' : 'NOT MET'}  ${what}: ${value} (${limit})`,
  )
  const load = `load ${results.loadBefore.toFixed(1)} before, ${environment.loadAfter.toFixed(1)} after`
  print(
    `\nNode ${environment.node}, ${environment.cores} cores, ${load}, commit ${environment.commit}` +
      `${environment.isDirty ? ' with changes' : ''}, ${results.seconds} s\n\n${tableOf(results)}\n\n` +
      `Budgets:\n${verdicts.join('\n')}\n`,
  )
  if (results.isQuick) {
    print(
      'A quick run: it shows that the benchmark works. Its numbers are no result, so nothing was written.',
    )
    return
  }
  writeFileSync(RESULTS, `${JSON.stringify({ ...environment, budgets, ...results }, rounded, 2)}\n`)
  writeFigures(results, budgets, environment)
}

export function writeFigures(results: Results, budgets: readonly Budget[], environment: Environment): void {
  const figures = figuresOf(results, budgets, environment)
  const write = (_: string, open: string, close: string) => `${open}\n${figures}\n\n${close}`
  writeFileSync(README, readFileSync(README, 'utf8').replace(MARKED, write))
}

/** Microseconds are more than any of this is exact to. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
