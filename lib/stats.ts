/**
 * Statistics of the last day, in slots of five minutes. They are fields in the HASH of each shard. The scripts read and
 * write them together with other fields, so they cost no command:
 *
 *   `s:<slot % 288>`  "<slot> <accepted> <settled> <failed> <dead> <ack> <end to end>"
 *
 * A slot is the store's time divided by SLOT_MS. The two histograms of durations are `bucket:count,bucket:count`
 * or `-`; bucket b holds durations over 2^((b-1)/2) ms and up to 2^(b/2) ms, the last bucket everything longer.
 * A field that is unreadable or of an earlier day counts as empty: statistics never stop an update.
 */

export const SLOT_MS = 300_000
export const SLOTS = 288
/** The bucket above 2^19.5 ms, about 12 minutes. */
const LAST_BUCKET = 40

/**
 * Lua for the scripts.
 *   statsField(now) -> name of the slot's field
 *   addStats(text, now, {accepted, settled, failed, dead}, ack ms or nil, end to end ms or nil) -> its new text
 */
export const STATS_LUA = `
local function statsField(now) return string.format('s:%d', math.floor(now / ${SLOT_MS}) % ${SLOTS}) end

local function addDuration(text, took)
  if not took then return text end
  local counts, parts = {}, {}
  for bucket, count in string.gmatch(text, '(%d+):(%d+)') do counts[tonumber(bucket)] = tonumber(count) end
  -- The computed logarithm of an exact power of two may be slightly too large.
  local at = took <= 1 and 0 or math.min(math.ceil(2 * math.log(took) / math.log(2) - 1e-9), ${LAST_BUCKET})
  counts[at] = (counts[at] or 0) + 1
  for i = 0, ${LAST_BUCKET} do
    if counts[i] then parts[#parts + 1] = string.format('%d:%.0f', i, counts[i]) end
  end
  return table.concat(parts, ',')
end

local function isHistogram(text) return text == '-' or (string.gsub(text .. ',', '%d+:%d+,', '')) == '' end

local function addStats(text, now, more, ackMs, endToEndMs)
  local slot, a, s, f, d, ack, total =
    string.match(text or '', '^(%d+) (%d+) (%d+) (%d+) (%d+) (%S+) (%S+)$')
  local current = string.format('%.0f', math.floor(now / ${SLOT_MS}))
  if slot ~= current or not isHistogram(ack) or not isHistogram(total) then
    a, s, f, d, ack, total = 0, 0, 0, 0, '-', '-'
  end
  return string.format('%s %.0f %.0f %.0f %.0f %s %s', current, a + (more.accepted or 0), s + (more.settled or 0),
    f + (more.failed or 0), d + (more.dead or 0), addDuration(ack, ackMs), addDuration(total, endToEndMs))
end
`

/** The number of durations in each bucket, by its index. */
export type Histogram = readonly number[]

export interface Slot {
  /** Number of the slot since 1970. */
  slot: number
  /** When it begins, ms since 1970. */
  atMs: number
  accepted: number
  settled: number
  /** Failed tries that counted as errors. */
  failed: number
  dead: number
  /** From the request to its 200, of updates that the accepting invocation settled itself. */
  ack: Histogram
  /** From acceptance to settlement. */
  endToEnd: Histogram
}

/** The field of a shard's HASH for the slot of a time. The slot of the next day overwrites it. */
export function statsField(nowMs: number): string {
  return `s:${Math.floor(nowMs / SLOT_MS) % SLOTS}`
}

const COUNTS = '-|\\d+:\\d+(?:,\\d+:\\d+)*'
const TEXT = new RegExp(`^(\\d+) (\\d+) (\\d+) (\\d+) (\\d+) (${COUNTS}) (${COUNTS})$`)

/** Reads the text of a slot; null where it is absent or unreadable. The result's `slot` may be of an earlier day. */
export function readSlot(text: string | null | undefined): Slot | null {
  const match = TEXT.exec(text ?? '')
  if (!match) return null
  const [slot = 0, accepted = 0, settled = 0, failed = 0, dead = 0] = match.slice(1, 6).map(Number)
  const ack = readHistogram(match[6] ?? '-')
  const endToEnd = readHistogram(match[7] ?? '-')
  return { slot, atMs: slot * SLOT_MS, accepted, settled, failed, dead, ack, endToEnd }
}

function readHistogram(text: string): Histogram {
  const counts = emptyHistogram()
  for (const [, bucket, count] of text.matchAll(/(\d+):(\d+)/g)) {
    if (Number(bucket) <= LAST_BUCKET) counts[Number(bucket)] = Number(count)
  }
  return counts
}

const emptyHistogram = (): number[] => Array.from({ length: LAST_BUCKET + 1 }, () => 0)

/** Adds up the slots of several shards: one slot for each number, the oldest first. */
export function mergeSlots(slots: Iterable<Slot>): Slot[] {
  const merged = new Map<number, Slot>()
  for (const slot of slots) {
    const sum = merged.get(slot.slot)
    merged.set(slot.slot, sum ? addSlots(sum, slot) : slot)
  }
  return [...merged.values()].toSorted((a, b) => a.slot - b.slot)
}

function addSlots(a: Slot, b: Slot): Slot {
  return {
    slot: a.slot,
    atMs: a.atMs,
    accepted: a.accepted + b.accepted,
    settled: a.settled + b.settled,
    failed: a.failed + b.failed,
    dead: a.dead + b.dead,
    ack: mergeHistograms([a.ack, b.ack]),
    endToEnd: mergeHistograms([a.endToEnd, b.endToEnd]),
  }
}

/** Adds up histograms. */
export function mergeHistograms(histograms: Iterable<Histogram>): Histogram {
  const sum = emptyHistogram()
  for (const histogram of histograms)
    histogram.forEach((count, bucket) => (sum[bucket] = (sum[bucket] ?? 0) + count))
  return sum
}

/** The number of durations in a histogram. */
export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, count) => sum + count, 0)
}

/**
 * The p-th percentile of the durations, in ms, interpolated inside its bucket: at most a factor of 2^(1/2) from the
 * true one. Null where the histogram is empty.
 */
export function percentile(histogram: Histogram, p: number): number | null {
  const rank = (countOf(histogram) * p) / 100
  let below = 0
  for (const [bucket, count] of histogram.entries()) {
    if (count > 0 && below + count >= rank) {
      const from = bucket === 0 ? 0 : 2 ** ((bucket - 1) / 2)
      return from + (2 ** (bucket / 2) - from) * Math.max(0, (rank - below) / count)
    }
    below += count
  }
  return null
}
