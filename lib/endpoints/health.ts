/** GET /health: one round trip before the answer, looking after the bot behind it. */
import type { Health, KnownDetail } from '../contract.ts'
import { ConfigError, StoreError } from '../errors.ts'
import { noteUnhealthy, STAYS_MS } from '../operator/alerts.ts'
import { judge, reportOf, reportWithoutConfig, reportWithoutStore } from '../state/report.ts'
import { readSnapshot, type Snapshot } from '../state/snapshot.ts'
import { isBroken } from '../state/bot-state.ts'
import { isFresh, refreshView } from '../webhook/telegram-view.ts'
import { operatorOf } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { readPlace } from '../config.ts'
import { iso } from '../time.ts'
import { SWEEP_INTERVAL_MS, startInvocation, type Invocation, type Surroundings } from '../invocation.ts'

/**
 * Public; with admin auth the answer has the whole snapshot too. 200 when healthy or degraded, else 503.
 * Any uptime monitor that asks is the recovery clock: each check sweeps, probes and looks at the webhook, at
 * most once in an interval over all instances.
 */
export async function health(request: Request, around: Surroundings): Promise<Response> {
  let invocation: Invocation
  try {
    invocation = startInvocation(around)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return answer(reportWithoutConfig(readPlace(around.env), error.problems))
  }
  const { log } = invocation
  const { report, snapshot } = await look(invocation)
  if (snapshot) invocation.background(lookAfter(invocation, snapshot))
  log.debug('health checked', { status: report.status, reasons: report.reasons })
  const operator = snapshot && (await operatorOf(request, invocation))
  return answer(operator ? { ...report, detail: detailOf(snapshot) } : report)
}

/** The bot's condition, also where the store cannot be asked. */
export async function look(invocation: Invocation): Promise<{ report: Health; snapshot: Snapshot | null }> {
  const { config, store, clock } = invocation
  const started = clock.monotonicMs()
  try {
    const snapshot = await readSnapshot(store)
    return { report: reportOf(snapshot, config, clock.monotonicMs() - started), snapshot }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    invocation.log.error('store unreachable', { error })
    return { report: reportWithoutStore(config, error.code), snapshot: null }
  }
}

/** What a look found wanting is seen to behind the answer; a store that was just looked after is let alone. */
export async function lookAfter(invocation: Invocation, snapshot: Snapshot): Promise<void> {
  const { config, store, log, redact } = invocation
  // Here and not above: it brings in telegraf, which the answer does not need.
  const { openWorker } = await import('../worker/worker.ts')
  const worker = await openWorker(invocation)
  if (snapshot.info === null) await worker.healAndDrain('init')
  else if (isBroken({ ...snapshot, status: snapshot.botStatus })) await worker.healAndDrain('probe')
  else if (snapshot.botStatus === 'REINITIALIZING') await worker.healAndDrain('stuck')
  else if (snapshot.errors >= config.errorThreshold) await worker.healAndDrain('threshold')
  const [reason] = judge(snapshot).find(([, status]) => status === 'unhealthy') ?? []
  const { unhealthySinceMs } = snapshot
  if ((reason === undefined) !== (unhealthySinceMs === null)) await noteUnhealthy(store, reason !== undefined)
  if (reason && unhealthySinceMs !== null && snapshot.nowMs - unhealthySinceMs >= STAYS_MS) {
    await worker.alert(`unhealthy:${reason}`, `The bot stays unhealthy: ${reason}. See /status.`)
  }
  const ageMs = (at: number | null) => Math.abs(snapshot.nowMs - (at ?? 0))
  if (!isFresh(snapshot.telegram, snapshot.nowMs)) {
    await refreshView({ store, config, call: worker.call, log, redact })
  }
  // Where processing is paused nothing could be taken.
  const isPaused = snapshot.breaker === 'paused'
  if (!isPaused && ageMs(snapshot.lastSweepAtMs) >= SWEEP_INTERVAL_MS) await worker.sweep(SWEEP_INTERVAL_MS)
}

function answer(report: Health): Response {
  return json(report.status === 'unhealthy' ? 503 : 200, report)
}

/** The snapshot as it may be shown to an operator: times as ISO 8601, no field of the bot's own data. */
export function detailOf(snapshot: Snapshot): KnownDetail {
  const { info: _info, telegram, ...rest } = snapshot
  return {
    judged: judge(snapshot),
    paused: rest.breaker === 'paused',
    epoch: rest.epoch,
    breaker: rest.breaker || null,
    // A pause has no end; what is behind it is when a failed bot is tried again.
    breaker_until: rest.breaker && rest.breaker !== 'paused' ? iso(rest.breakerUntilMs) : null,
    breaker_tries: rest.breakerTries,
    last_reinitialized_at: iso(rest.reinitializedAtMs),
    mailboxes: rest.mailboxes,
    in_flight: rest.inFlight,
    accepted: rest.accepted,
    settled: rest.settled,
    malformed: rest.malformed,
    refused: rest.refused,
    dead_letters_dropped: rest.deadLettersDropped,
    webhook: {
      url: telegram.url,
      repaired_at: iso(telegram.repairedAtMs),
      last_error_at: iso(telegram.lastErrorAtMs),
    },
  }
}
