/** Maintenance after the answer of /health and /status: heal, alert, check the webhook, sweep. */
import { SWEEP_INTERVAL_MS, type Invocation } from '../invocation.ts'
import { noteUnhealthy, STAYS_MS } from '../operator/alerts.ts'
import { isBroken } from '../state/bot-state.ts'
import type { Snapshot } from '../state/snapshot.ts'
import { isFresh, refreshView } from '../webhook/telegram-view.ts'
import { judge } from '../state/report.ts'

/** Does the tasks that are due by the snapshot. Skips a task that another instance did within its interval. */
export async function maintain(invocation: Invocation, snapshot: Snapshot): Promise<void> {
  const { config, store, log, redact } = invocation
  // Imported here and not above, because it loads telegraf, which the answer does not need.
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
  // While processing is paused, a sweep could not take a mailbox.
  const isPaused = snapshot.breaker === 'paused'
  if (!isPaused && ageMs(snapshot.lastSweepAtMs) >= SWEEP_INTERVAL_MS) await worker.sweep(SWEEP_INTERVAL_MS)
}
