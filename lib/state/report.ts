/** The health report: a pure function of the snapshot. A bot that receives no updates is not healthy. */
import type { Health, HealthStatus } from '../contract.ts'
import type { Config } from '../config.ts'
import type { ConfigProblem } from '../errors.ts'
import { iso } from '../time.ts'
import type { BotStatus } from './bot-state.ts'
import type { Snapshot } from './snapshot.ts'

/** The oldest pending update is too old for a bot that works, in ms. */
const OLD_MS = 60_000
const FAR_TOO_OLD_MS = 300_000
/** The sweep is overdue when a mailbox has waited for a worker longer than this, in ms. */
const OVERDUE_MS = 60_000
/** Telegram's last delivery error counts as current for this long, in ms. */
const RECENT_MS = 120_000

/** All faults, worst first: [reason, the status that it causes]. */
export function judge(snapshot: Snapshot): [reason: string, status: HealthStatus][] {
  const { nowMs, telegram } = snapshot
  const faults: [string, HealthStatus][] = []
  const find = (reason: string, status: HealthStatus, present: boolean) => {
    if (present) faults.push([reason, status])
  }
  const oldestMs = snapshot.oldestAtMs === null ? 0 : nowMs - snapshot.oldestAtMs
  const overdueMs = snapshot.firstDueAtMs === null ? 0 : nowMs - snapshot.firstDueAtMs
  find('token_revoked', 'unhealthy', snapshot.botStatus === 'UNAUTHORIZED')
  find('bot_failed', 'unhealthy', snapshot.botStatus === 'FAILED')
  find('webhook_elsewhere', 'unhealthy', telegram.matches === false)
  // During a pause, waiting updates are expected: degraded, not unhealthy.
  const isPaused = snapshot.breaker === 'paused'
  find('oldest_pending_far_too_old', isPaused ? 'degraded' : 'unhealthy', oldestMs > FAR_TOO_OLD_MS)
  find('oldest_pending_too_old', 'degraded', oldestMs > OLD_MS && oldestMs <= FAR_TOO_OLD_MS)
  find('sweep_overdue', 'degraded', overdueMs > OVERDUE_MS && snapshot.breaker === '')
  find('bot_reinitializing', 'degraded', snapshot.botStatus === 'REINITIALIZING')
  find('bot_not_initialized', 'degraded', snapshot.botStatus === 'UNKNOWN')
  find('processing_paused', 'degraded', isPaused)
  find('telegram_check_failed', 'degraded', telegram.checkedAtMs !== null && !telegram.ok)
  const rejected = telegram.lastErrorAtMs !== null && nowMs - telegram.lastErrorAtMs < RECENT_MS
  find('telegram_cannot_deliver', 'degraded', rejected && telegram.pendingUpdateCount > 0)
  return faults.sort(([, a], [, b]) => Number(a === 'degraded') - Number(b === 'degraded'))
}

type Place = Pick<Config, 'environment' | 'version' | 'region'>

/** The report of a deployment whose store answered. */
export function reportOf(snapshot: Snapshot, place: Place, latencyMs: number): Health {
  const faults = judge(snapshot)
  const { telegram, nowMs } = snapshot
  return {
    status: faults[0]?.[1] ?? 'healthy',
    bot_status: snapshot.botStatus,
    error_count: snapshot.errors,
    timestamp: new Date(nowMs).toISOString(),
    ...placeOf(place),
    inbox: {
      pending: snapshot.pending,
      oldest_pending_s:
        snapshot.oldestAtMs === null ? 0 : Math.max(0, Math.round((nowMs - snapshot.oldestAtMs) / 1000)),
      dead_letters: snapshot.deadLetters,
      last_accepted_at: iso(snapshot.lastAcceptedAtMs),
      last_settled_at: iso(snapshot.lastSettledAtMs),
      last_sweep_at: iso(snapshot.lastSweepAtMs),
    },
    store: { ok: true, latency_ms: Math.round(latencyMs) },
    telegram: {
      ok: telegram.checkedAtMs === null ? null : telegram.ok,
      webhook_url_matches: telegram.matches,
      pending_update_count: telegram.pendingUpdateCount,
      last_error: telegram.error ?? telegram.lastError,
      checked_at: iso(telegram.checkedAtMs),
    },
    reasons: faults.map(([reason]) => reason),
  }
}

/** The report where the store does not answer. */
export function reportWithoutStore(place: Place, error: string): Health {
  return {
    ...blank(place, 'UNKNOWN'),
    store: { ok: false, latency_ms: null, error },
    reasons: ['store_unreachable'],
  }
}

/** The report where the settings are faulty. It has only the names of the variables. */
export function reportWithoutConfig(place: Place, problems: readonly ConfigProblem[]): Health {
  return {
    ...blank(place, 'FAILED'),
    store: { ok: false, latency_ms: null },
    reasons: ['configuration_faulty'],
    faulty_variables: [...new Set(problems.map(({ variable }) => variable))],
  }
}

function blank(place: Place, botStatus: BotStatus) {
  return {
    status: 'unhealthy' as const,
    bot_status: botStatus,
    // Always a number, because monitors expect one; store.ok shows whether it is known.
    error_count: 0,
    timestamp: new Date().toISOString(),
    ...placeOf(place),
    inbox: null,
    telegram: null,
  }
}

function placeOf({ environment, version, region }: Place) {
  return { environment, version, region }
}
