/** The table: a row for each measure, a column for each contestant. */
import { count } from './budgets.ts'
import { AT_ONCE } from './measure/warm.ts'
import type { Results } from './report.ts'

const COLUMNS = [
  ['floor', 'bare EVAL'],
  ['bare', 'bare function'],
  ['evergram', 'Evergram'],
  ['serve', '(npm run serve)'],
  ['telegraf', 'telegraf'],
  ['grammy', 'grammY'],
  ['chat', 'Chat SDK'],
] as const
type Column = (typeof COLUMNS)[number][0]

export function tableOf(results: Results): string {
  const { warm, memory, pending } = results
  const by = (of: (name: Exclude<Column, 'floor'>) => string | undefined) => (column: Column) =>
    column === 'floor' ? undefined : of(column)
  const ms = (value: number | undefined) =>
    value === undefined ? undefined : value.toFixed(value < 100 ? 1 : 0)
  const only = (column: Column, text: string) => (given: Column) => (given === column ? text : undefined)
  const rows: [string, (column: Column) => string | undefined][] = [
    ['cold ack, ms', by((name) => ms(results.cold[name]?.ackMs))],
    ['  of which until it listens, ms', by((name) => ms(results.cold[name]?.listenMs))],
    ['warm ack, 1 in flight: p50, ms', (column) => ms(warm[column]?.one.p50)],
    ['                       p99, ms', (column) => ms(warm[column]?.one.p99)],
    ['  inside the handler:  p50, ms', (column) => ms(warm[column]?.inside?.p50)],
    ['                       p99, ms', (column) => ms(warm[column]?.inside?.p99)],
    [`warm ack, ${AT_ONCE} at once:  p50, ms`, (column) => ms(warm[column]?.many.p50)],
    ['                       p99, ms', (column) => ms(warm[column]?.many.p99)],
    ['updates a second', by((name) => results.throughput[name]?.perSecond.toFixed(0))],
    ["replies in their chat's order, %", by((name) => percent(results.throughput[name]?.inOrder))],
    [`kill -9: lost`, by((name) => results.killed[name]?.lost.toString())],
    ['         doubled', by((name) => results.killed[name]?.doubled.toString())],
    ['         of updates', by((name) => results.killed[name]?.updates.toString())],
    ['         replies in order, %', by((name) => percent(results.killed[name]?.inOrder))],
    ['recovery after kill -9, s', by((name) => results.recovery[name]?.map(seconds).join(' '))],
    [
      'round trips to the store, before + after',
      by((name) => {
        const cost = results.costs[name]
        return cost && `${cost.tripsBefore} + ${cost.tripsAfter}`
      }),
    ],
    ['Redis commands an update', by((name) => results.costs[name]?.commands.toString())],
    [
      `bytes a pending update (its text: ${memory.payloadBytes})`,
      only('evergram', String(memory.pendingBytes)),
    ],
    [
      'bytes a remembered update',
      (column) =>
        column === 'evergram'
          ? String(memory.rememberedBytes)
          : column === 'chat'
            ? String(results.chatRememberedBytes)
            : undefined,
    ],
    ['ack, nothing pending: p50 / p99, ms', only('evergram', pair(pending.empty))],
    [`ack, ${count(pending.updates)} pending: p50 / p99, ms`, only('evergram', pair(pending.full))],
  ]
  const cells = [
    ['', ...COLUMNS.map(([, label]) => label)],
    ...rows.map(([label, cell]) => [label, ...COLUMNS.map(([column]) => cell(column) ?? '·')]),
  ]
  const widths = cells[0]?.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
  return cells.map(line).join('\n')
}

const percent = (share: number | undefined) => (share === undefined ? undefined : (share * 100).toFixed(1))
const seconds = (value: number | null) => (value === null ? 'never' : value.toFixed(1))
const pair = ({ p50, p99 }: { p50: number; p99: number }) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`
