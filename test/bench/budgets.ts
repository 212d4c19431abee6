/** The project's budgets and claims, compared with what was measured. */
import { LEASE_SECONDS, SWEEP_SECONDS } from './measure/recovery.ts'
import type { Results } from './report.ts'

export interface Budget {
  what: string
  limit: string
  value: string
  isMet: boolean
}

const PEERS = ['telegraf', 'grammy', 'chat'] as const

export const times = (ratio: number) => `${ratio.toFixed(2)}×`

/** Ratios of the ack to the two floors. NaN where one was not measured. */
export function ackRatios({ warm }: Results) {
  const over = (of: 'one' | 'many' | 'inside', p: 'p50' | 'p99', floor: 'floor' | 'bare') =>
    (warm.evergram?.[of]?.[p] ?? Number.NaN) / (warm[floor]?.[of]?.[p] ?? Number.NaN)
  return { over }
}

export function judge(results: Results): Budget[] {
  const { cold, costs, pending, recovery, killed, throughput, account } = results
  const { over } = ackRatios(results)
  const most = (what: string, value: number, limit: number): Budget => ({
    what,
    limit: `at most ${times(limit)}`,
    value: times(value),
    isMet: value <= limit,
  })
  const within = (what: string, ms: number, limitMs: number): Budget => ({
    what,
    limit: `at most ${limitMs} ms`,
    value: `${ms.toFixed(1)} ms`,
    isMet: ms <= limitMs,
  })
  const coldAck = (name: 'evergram' | (typeof PEERS)[number]) => cold[name]?.ackMs ?? Number.NaN
  const cost = costs.evergram
  const recovered = recovery.serve ?? []
  const slowest = Math.max(...recovered.map((seconds) => seconds ?? Number.POSITIVE_INFINITY))
  const hurt = (name: 'serve' | (typeof PEERS)[number]) =>
    (killed[name]?.lost ?? Number.NaN) + (killed[name]?.doubled ?? Number.NaN)
  const order = (name: 'serve' | 'evergram' | (typeof PEERS)[number]) =>
    Math.min(killed[name]?.inOrder ?? 1, throughput[name]?.inOrder ?? 1)
  const ahead = (
    what: string,
    own: number,
    others: readonly number[],
    show: (n: number) => string,
    noise: (other: number) => number = () => 0,
  ): Budget => ({
    what: `${what}: ahead of every peer, or level with it`,
    limit: `peers ${others.map(show).join(', ')}`,
    value: show(own),
    isMet: others.every((other) => own <= other + noise(other)),
  })
  return [
    most('warm ack over one bare EVAL, p50, 1 in flight', over('one', 'p50', 'floor'), 1.25),
    most('warm ack over one bare EVAL, p99, 1 in flight', over('one', 'p99', 'floor'), 1.5),
    most('warm ack over one bare EVAL, p50, 32 in flight', over('many', 'p50', 'floor'), 1.25),
    most('warm ack over one bare EVAL, p99, 32 in flight', over('many', 'p99', 'floor'), 1.5),
    most('the same, both as functions: handler over handler, p50', over('inside', 'p50', 'bare'), 1.25),
    most('the same, both as functions: handler over handler, p99', over('inside', 'p99', 'bare'), 1.5),
    most('cold ack over telegraf', coldAck('evergram') / coldAck('telegraf'), 0.8),
    {
      what: 'REST round trips an update, before and after the 200',
      limit: '1 and 1',
      value: `${cost?.tripsBefore} and ${cost?.tripsAfter}`,
      isMet: cost?.tripsBefore === 1 && cost.tripsAfter === 1,
    },
    {
      what: "Redis commands an update, scripts' own counted",
      limit: 'at most 14',
      value: String(cost?.commands),
      isMet: (cost?.commands ?? Number.NaN) <= 14,
    },
    most(
      `ack with ${count(pending.updates)} pending over empty, p50`,
      pending.full.p50 / pending.empty.p50,
      1.1,
    ),
    {
      what: 'recovery after kill -9, the slowest',
      limit: `at most a lease and a sweep, ${LEASE_SECONDS + SWEEP_SECONDS} s`,
      value: `${slowest.toFixed(1)} s`,
      isMet: slowest <= LEASE_SECONDS + SWEEP_SECONDS,
    },
    {
      what: 'updates lost under kill -9',
      limit: '0',
      value: String(killed.serve?.lost),
      isMet: killed.serve?.lost === 0,
    },
    within('import of the MTProto library, in a process of its own', account.importMs, 300),
    within('a call of the account API with a stored key, median', account.storedMs, 5),
    within('the same with a new key', account.newMs, 150),
    ahead('cold ack', coldAck('evergram'), PEERS.map(coldAck), (ms) => `${Math.round(ms)} ms`),
    // A kill doubles what was sent and not yet confirmed, whoever sends: such counts differ by chance, and two of
    // their standard deviations are no difference.
    ahead(
      'lost and doubled',
      hurt('serve'),
      PEERS.map(hurt),
      String,
      (other) => 2 * Math.sqrt(hurt('serve') + other),
    ),
    ahead(
      'replies out of order',
      1 - Math.min(order('serve'), order('evergram')),
      PEERS.map((name) => 1 - order(name)),
      (share) => `${(share * 100).toFixed(1)} %`,
    ),
  ]
}

export const count = (value: number) => value.toLocaleString('en-US')
