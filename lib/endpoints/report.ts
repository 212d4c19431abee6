/** The health report and the detail, as /health and /status answer them. */
import type { Health, KnownDetail } from '../contract.ts'
import { StoreError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import { readSnapshot, type Snapshot } from '../state/snapshot.ts'
import { iso } from '../time.ts'
import { judge, reportOf, reportWithoutStore } from '../state/report.ts'

/** Reads the snapshot and judges it. If the store fails, the report has that reason and the snapshot is null. */
export async function readReport(
  invocation: Invocation,
): Promise<{ report: Health; snapshot: Snapshot | null }> {
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

/** The snapshot as operators see it: times as ISO 8601, without the stored answer of getMe. */
export function detailOf(snapshot: Snapshot): KnownDetail {
  const { info: _info, telegram, ...rest } = snapshot
  return {
    judged: judge(snapshot),
    paused: rest.breaker === 'paused',
    epoch: rest.epoch,
    breaker: rest.breaker || null,
    // A pause has no end: the stored time is the next probe of a failed bot.
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
