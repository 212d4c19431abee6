import type { Health } from '../../lib/contract.ts'
import { describe, expect, it } from 'vitest'
import { judge, reportOf, reportWithoutConfig, reportWithoutStore } from '../../lib/state/report.ts'
import type { Snapshot } from '../../lib/state/snapshot.ts'

const NOW = 1_790_000_000_000
const PLACE = { environment: 'production', version: 'abc', region: 'fra1' }

const healthyView: Snapshot['telegram'] = {
  checkedAtMs: NOW - 5000,
  ok: true,
  url: 'https://bot.example.com/webhook',
  matches: true,
  pendingUpdateCount: 0,
  lastError: null,
  lastErrorAtMs: null,
  error: null,
  repairedAtMs: null,
}
const healthy: Snapshot = {
  nowMs: NOW,
  pending: 0,
  accepted: 9,
  settled: 9,
  lastAcceptedAtMs: NOW - 2000,
  lastSettledAtMs: NOW - 1000,
  lastSweepAtMs: NOW - 3000,
  mailboxes: 0,
  inFlight: 0,
  oldestAtMs: null,
  firstDueAtMs: null,
  deadLetters: 0,
  deadLettersDropped: 0,
  botStatus: 'OK',
  errors: 0,
  epoch: 3,
  breaker: '',
  breakerUntilMs: 0,
  breakerTries: 0,
  reinitializedAtMs: NOW - 60_000,
  info: '{}',
  malformed: 0,
  refused: 0,
  unhealthySinceMs: null,
  telegram: healthyView,
}
type Change = Partial<Omit<Snapshot, 'telegram'>> & { telegram?: Partial<Snapshot['telegram']> }
const changed = (change: Change): Snapshot => ({
  ...healthy,
  ...change,
  telegram: { ...healthyView, ...change.telegram },
})

/** Each fault alone, with a snapshot on each side of its limit. */
const FAULTS: [reason: string, status: string, faulty: Change, stillFine: Change][] = [
  ['token_revoked', 'unhealthy', { botStatus: 'UNAUTHORIZED' }, {}],
  ['bot_failed', 'unhealthy', { botStatus: 'FAILED' }, {}],
  ['webhook_elsewhere', 'unhealthy', { telegram: { matches: false } }, { telegram: { matches: null } }],
  ['oldest_pending_far_too_old', 'unhealthy', { oldestAtMs: NOW - 300_001 }, {}],
  ['oldest_pending_too_old', 'degraded', { oldestAtMs: NOW - 300_000 }, { oldestAtMs: NOW - 60_000 }],
  ['oldest_pending_too_old', 'degraded', { oldestAtMs: NOW - 60_001 }, { oldestAtMs: NOW + 60_000 }],
  ['sweep_overdue', 'degraded', { firstDueAtMs: NOW - 60_001 }, { firstDueAtMs: NOW - 60_000 }],
  ['sweep_overdue', 'degraded', { firstDueAtMs: NOW - 60_001 }, { firstDueAtMs: NOW + 60_001 }],
  ['bot_reinitializing', 'degraded', { botStatus: 'REINITIALIZING' }, {}],
  ['bot_not_initialized', 'degraded', { botStatus: 'UNKNOWN' }, {}],
  ['processing_paused', 'degraded', { breaker: 'paused' }, { breaker: 'throttled' }],
  [
    'telegram_check_failed',
    'degraded',
    { telegram: { ok: false } },
    { telegram: { ok: false, checkedAtMs: null } },
  ],
  [
    'telegram_cannot_deliver',
    'degraded',
    { telegram: { lastErrorAtMs: NOW - 119_999, pendingUpdateCount: 1 } },
    { telegram: { lastErrorAtMs: NOW - 120_000, pendingUpdateCount: 1 } },
  ],
  [
    'telegram_cannot_deliver',
    'degraded',
    { telegram: { lastErrorAtMs: NOW, pendingUpdateCount: 1 } },
    { telegram: { lastErrorAtMs: NOW, pendingUpdateCount: 0 } },
  ],
]

describe('judge', () => {
  it('finds nothing wrong with a healthy bot', () => {
    expect(judge(healthy)).toEqual([])
  })

  it.each(FAULTS)('finds only %s, %s, and nothing below its limit', (reason, status, faulty, stillFine) => {
    expect(judge(changed(faulty))).toEqual([[reason, status]])
    expect(judge(changed(stillFine))).toEqual([])
  })

  it.each(['throttled', 'telegram', 'token', 'paused'])(
    'expects no sweep while %s holds all back',
    (breaker) => {
      const found = judge(changed({ firstDueAtMs: NOW - 3_600_000, breaker })).map(([reason]) => reason)
      expect(found).not.toContain('sweep_overdue')
    },
  )

  it('lists all faults, worst first', () => {
    const faults = judge(
      changed({
        botStatus: 'FAILED',
        oldestAtMs: NOW - 400_000,
        firstDueAtMs: NOW - 400_000,
        telegram: { ok: false, matches: false, lastErrorAtMs: NOW, pendingUpdateCount: 5 },
      }),
    )
    expect(faults).toEqual([
      ['bot_failed', 'unhealthy'],
      ['webhook_elsewhere', 'unhealthy'],
      ['oldest_pending_far_too_old', 'unhealthy'],
      ['sweep_overdue', 'degraded'],
      ['telegram_check_failed', 'degraded'],
      ['telegram_cannot_deliver', 'degraded'],
    ])
    const mixed = judge(changed({ botStatus: 'UNKNOWN', telegram: { matches: false } }))
    expect(mixed.map(([, status]) => status)).toEqual(['unhealthy', 'degraded'])
  })
})

describe('the reports', () => {
  const problems = ['A', 'B', 'A'].map((variable) => ({ variable, problem: 'is missing' }))
  const reports: [string, Health, object][] = [
    ['of a healthy bot', reportOf(healthy, PLACE, 3.4), { status: 'healthy', bot_status: 'OK', reasons: [] }],
    [
      'without the store',
      reportWithoutStore(PLACE, 'timeout'),
      {
        status: 'unhealthy',
        bot_status: 'UNKNOWN',
        store: { ok: false, error: 'timeout', latency_ms: null },
      },
    ],
    [
      'without settings',
      reportWithoutConfig(PLACE, problems),
      { status: 'unhealthy', bot_status: 'FAILED', faulty_variables: ['A', 'B'] },
    ],
  ]

  it.each(reports)('%s: has the five fields first, and the environment', (_name, report, expected) => {
    const seed = ['status', 'bot_status', 'error_count', 'timestamp', 'environment']
    expect(Object.keys(report).slice(0, 5)).toEqual(seed)
    expect(report).toMatchObject({ ...PLACE, error_count: 0, ...expected })
    expect(new Date(report.timestamp).toISOString()).toBe(report.timestamp)
    expect(report.reasons.length > 0).toBe(report.status !== 'healthy')
  })

  it('has ages in seconds, times in ISO 8601, and null for never', () => {
    const { inbox, telegram, store, timestamp } = reportOf(
      changed({ oldestAtMs: NOW - 12_400, lastSettledAtMs: null, telegram: { error: 'x', lastError: 'y' } }),
      PLACE,
      3.4,
    )
    expect(timestamp).toBe('2026-09-21T14:13:20.000Z')
    expect(inbox).toMatchObject({ oldest_pending_s: 12, last_settled_at: null })
    expect(inbox?.last_accepted_at).toBe('2026-09-21T14:13:18.000Z')
    expect(telegram).toMatchObject({ ok: true, last_error: 'x', checked_at: '2026-09-21T14:13:15.000Z' })
    expect(store).toEqual({ ok: true, latency_ms: 3 })
  })

  it('has no view of Telegram before the first check, and no negative age', () => {
    const change = { oldestAtMs: NOW + 5000, telegram: { checkedAtMs: null, ok: false, matches: null } }
    const { inbox, telegram, status } = reportOf(changed(change), PLACE, 0)
    expect(inbox?.oldest_pending_s).toBe(0)
    expect(telegram).toMatchObject({ ok: null, webhook_url_matches: null, checked_at: null })
    expect(status).toBe('healthy')
  })

  it('has the status of its worst fault', () => {
    const degraded = reportOf(changed({ botStatus: 'UNKNOWN' }), PLACE, 0)
    expect(degraded).toMatchObject({ status: 'degraded', reasons: ['bot_not_initialized'] })
    const worse = reportOf(changed({ botStatus: 'UNKNOWN', telegram: { matches: false } }), PLACE, 0)
    expect(worse).toMatchObject({
      status: 'unhealthy',
      reasons: ['webhook_elsewhere', 'bot_not_initialized'],
    })
  })
})
