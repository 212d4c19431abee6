/** Merges a tick into the last full read. A tick has two shards; the page shows the sum over all shards. */
import type { Shard, Slot, Status, Tick, Time } from '../../contract.ts'

/** The figures that ticks keep fresh, over all shards. */
export interface Totals {
  pending: number
  accepted: number
  settled: number
  lastAcceptedAt: Time
  lastSettledAt: Time
  lastSweepAt: Time
}

/** Replaces the shards of the tick, and adds the growth of their slots to the history. */
export function merge(status: Status, { now, shards }: Tick): Status {
  if (!status.detail) return status
  const { detail } = status
  const slots = new Map(detail.history.slots.map((slot) => [slot.at, slot]))
  const known = new Map(detail.shards.map((shard) => [shard.index, shard]))
  for (const shard of shards) {
    const before = known.get(shard.index)
    for (const slot of shard.slots) {
      const old = before?.slots.find(({ at }) => at === slot.at)
      slots.set(slot.at, grown(slots.get(slot.at), slot, old))
    }
    known.set(shard.index, { ...shard, slots: keptSlots(before?.slots ?? [], shard.slots) })
  }
  const history = [...slots.values()].sort((a, b) => a.at.localeCompare(b.at))
  return {
    ...status,
    timestamp: now,
    detail: {
      ...detail,
      history: { ...detail.history, slots: history },
      shards: [...known.values()].sort((a, b) => a.index - b.index),
    },
  }
}

/** Keeps slots that the answer no longer has. Without them, their figures would be added twice. */
function keptSlots(before: readonly Slot[], now: readonly Slot[]): Slot[] {
  return [...before.filter(({ at }) => !now.some((slot) => slot.at === at)), ...now].slice(-4)
}

function grown(sum: Slot | undefined, now: Slot, before: Slot | undefined): Slot {
  const add = (field: 'accepted' | 'settled' | 'failed' | 'dead') =>
    Math.max(0, (sum?.[field] ?? 0) + now[field] - (before?.[field] ?? 0))
  return {
    at: now.at,
    accepted: add('accepted'),
    settled: add('settled'),
    failed: add('failed'),
    dead: add('dead'),
  }
}

export function totalsOf(status: Status): Totals | null {
  const { detail, inbox } = status
  if (!detail || !inbox) return null
  const sum = (pick: (shard: Shard) => number) =>
    detail.shards.reduce((total, shard) => total + pick(shard), 0)
  const latest = (pick: (shard: Shard) => Time, known: Time) =>
    detail.shards.reduce<Time>((last, shard) => later(last, pick(shard)), known)
  return {
    pending: sum(({ pending }) => pending),
    accepted: sum(({ accepted }) => accepted),
    settled: sum(({ settled }) => settled),
    lastAcceptedAt: latest((shard) => shard.last_accepted_at, inbox.last_accepted_at),
    lastSettledAt: latest((shard) => shard.last_settled_at, inbox.last_settled_at),
    lastSweepAt: latest((shard) => shard.last_sweep_at, inbox.last_sweep_at),
  }
}

function later(a: Time, b: Time): Time {
  return a === null || (b !== null && b > a) ? b : a
}

/**
 * Compares a tick with the known status. 'moved': only counters changed, so work is in progress. 'changed': only a
 * full read can show the reason.
 */
export function compare(before: Status, shards: readonly Shard[]): 'same' | 'moved' | 'changed' {
  const wasIdle = totalsOf(before)?.pending === 0
  let word: 'same' | 'moved' = 'same'
  for (const shard of shards) {
    const old = before.detail?.shards.find(({ index }) => index === shard.index)
    if (!old) return 'changed'
    const isOther =
      (wasIdle && shard.pending > 0) ||
      shard.slots.some((slot) => faults(slot) !== faults(old.slots.find(({ at }) => at === slot.at))) ||
      shard.bot.status !== old.bot.status ||
      shard.bot.epoch !== old.bot.epoch ||
      shard.bot.breaker !== old.bot.breaker
    if (isOther) return 'changed'
    if (
      shard.pending !== old.pending ||
      shard.accepted !== old.accepted ||
      shard.settled !== old.settled ||
      shard.bot.errors !== old.bot.errors
    )
      word = 'moved'
  }
  return word
}

const faults = (slot: Slot | undefined) => (slot?.failed ?? 0) + (slot?.dead ?? 0)
