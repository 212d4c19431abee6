/** A status as the panel has it after a full look, for tests to change. */
import type { Shard, Slot, Status } from '../../lib/contract.ts'

export const AT = [
  '2026-11-20T12:00:00.000Z',
  '2026-11-20T12:05:00.000Z',
  '2026-11-20T12:10:00.000Z',
] as const

export function slot(at: string, figures: Partial<Slot> = {}): Slot {
  return { at, accepted: 0, settled: 0, failed: 0, dead: 0, ...figures }
}

export function shard(index: number, fields: Partial<Shard> = {}): Shard {
  return {
    index,
    pending: 0,
    accepted: 10,
    settled: 10,
    last_accepted_at: null,
    last_settled_at: null,
    last_sweep_at: null,
    bot: { status: 'OK', errors: 0, epoch: 1, breaker: null, last_reinitialized_at: null },
    slots: [],
    ...fields,
  }
}

const latency = { count: 0, p50_ms: null, p95_ms: null, p99_ms: null }

export function status(shards: Shard[], slots: Slot[] = []): Status {
  return {
    status: 'healthy',
    bot_status: 'OK',
    error_count: 0,
    timestamp: AT[1],
    environment: 'test',
    version: '1',
    region: 'here',
    inbox: {
      pending: 0,
      oldest_pending_s: 0,
      dead_letters: 0,
      last_accepted_at: null,
      last_settled_at: null,
      last_sweep_at: null,
    },
    store: { ok: true, latency_ms: 1 },
    telegram: null,
    reasons: [],
    actor: 'admin token',
    detail: {
      judged: [],
      epoch: 1,
      breaker: null,
      breaker_until: null,
      breaker_tries: 0,
      last_reinitialized_at: null,
      mailboxes: 0,
      in_flight: 0,
      accepted: 0,
      settled: 0,
      malformed: 0,
      refused: 0,
      dead_letters_dropped: 0,
      webhook: { url: null, repaired_at: null, last_error_at: null },
      paused: false,
      latency: { window_s: 3600, ack: latency, end_to_end: latency },
      history: { slot_s: 300, slots },
      shards,
      store: { used_bytes: null, max_bytes: null, keys: null, eviction_policy: null },
    },
  }
}
