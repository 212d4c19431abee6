/** GET /status: the panel's data (full, or a cheap tick of some shards), and the audit log. */
import * as z from 'zod'
import type * as Answers from '../contract.ts'
import { HttpError, StoreError } from '../errors.ts'
import { readAudit } from '../operator/audit.ts'
import { reportWithoutStore } from '../state/report.ts'
import { latestSlots, readAllShards, readShards, type Shard } from '../state/shards.ts'
import { readStoreFacts, type StoreFacts } from '../operator/store-facts.ts'
import { requireOpen, requireOperator, type Operator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { cookieOf, renewed } from '../auth/session.ts'
import { SHARDS } from '../redis.ts'
import {
  countOf,
  mergeHistograms,
  mergeSlots,
  percentile,
  SLOT_MS,
  type Histogram,
  type Slot,
} from '../stats.ts'
import { iso } from '../time.ts'
import { detailOf, readReport } from './report.ts'
import { maintain } from './maintain.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'

/** Time window of the percentiles, in milliseconds. */
const WINDOW_MS = 3600_000

const Query = z.object({
  view: z.enum(['full', 'tick', 'audit']).default('full'),
  shards: z
    .string()
    .regex(/^\d(,\d)?$/)
    .transform((text) => [...new Set(text.split(',').map(Number))])
    .refine((indices) => indices.every((index) => index < SHARDS))
    .default([0]),
})

/** For operators and the panel. `view=tick&shards=0,1`: only those shards; `view=audit`: the operators' actions. */
export async function status(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  // No check for a logout here: a tick may spend only two commands, and a full read reports a failed store.
  const operator = await requireOperator(request, invocation, { ended: false })
  const query = Query.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!query.success) {
    const message = `view is full, tick or audit; shards are one or two numbers from 0 to ${SHARDS - 1}`
    throw new HttpError(422, 'bad_query', message)
  }
  const { view, shards } = query.data
  if (view === 'tick') return tick(invocation, shards)
  if (view === 'full') return fullRead(request, invocation, operator)
  if (operator.session) await requireOpen(request, invocation, operator.session)
  const entries = await readAudit(invocation.store)
  return json(200, {
    entries: entries.map(({ atMs, count, actor, action, target, result }) => ({
      at: new Date(atMs).toISOString(),
      actor,
      action,
      target,
      result,
      count,
    })),
  } satisfies Answers.Audit)
}

async function tick({ store, nowMs }: Invocation, indices: readonly number[]): Promise<Response> {
  const now = nowMs()
  const shards = await readShards(store, indices, now)
  return json(200, {
    now: new Date(now).toISOString(),
    shards: shards.map(shownShard),
  } satisfies Answers.Tick)
}

async function fullRead(request: Request, invocation: Invocation, operator: Operator): Promise<Response> {
  const { config, store, log, nowMs } = invocation
  const { session, actor } = operator
  try {
    if (session) await requireOpen(request, invocation, session)
    const { report, snapshot } = await readReport(invocation)
    if (!snapshot) return json(200, { ...report, detail: null, actor } satisfies Answers.Status)
    const [shards, facts] = await Promise.all([
      readAllShards(store, snapshot.nowMs, WINDOW_MS),
      readStoreFacts(store),
    ])
    const detail = { ...detailOf(snapshot), ...furtherDetail(shards, facts, snapshot.nowMs) }
    const answer = json(200, { ...report, detail, actor } satisfies Answers.Status)
    // Ticks do not renew a session: they do not check for a logout.
    const next = session && renewed(session, nowMs())
    if (next) answer.headers.append('set-cookie', cookieOf(config, next, nowMs()))
    // Without an uptime monitor, the panel's requests are the only ones that start maintenance.
    invocation.background(maintain(invocation, snapshot))
    return answer
  } catch (error) {
    // The store cannot tell whether the session was ended. This answer shows only what /health shows publicly.
    if (!(error instanceof StoreError)) throw error
    log.error('store unreachable', { error })
    const report = reportWithoutStore(config, error.code)
    return json(200, { ...report, detail: null, actor } satisfies Answers.Status)
  }
}

function furtherDetail(shards: readonly Shard[], facts: StoreFacts, nowMs: number) {
  const slots = mergeSlots(shards.flatMap((shard) => shard.slots))
  const recent = slots.filter(({ atMs }) => atMs + SLOT_MS > nowMs - WINDOW_MS)
  return {
    latency: {
      window_s: WINDOW_MS / 1000,
      ack: percentiles(mergeHistograms(recent.map(({ ack }) => ack))),
      end_to_end: percentiles(mergeHistograms(recent.map(({ endToEnd }) => endToEnd))),
    },
    history: { slot_s: SLOT_MS / 1000, slots: slots.map(shownSlot) },
    shards: shards.map((shard) => shownShard({ ...shard, slots: latestSlots(shard.slots, nowMs) })),
    store: {
      used_bytes: facts.usedBytes,
      max_bytes: facts.maxBytes,
      keys: facts.keys,
      eviction_policy: facts.evictionPolicy,
    },
  }
}

function percentiles(histogram: Histogram): Answers.Percentiles {
  const at = (p: number) => {
    const ms = percentile(histogram, p)
    return ms === null ? null : Math.round(ms * 10) / 10
  }
  return { count: countOf(histogram), p50_ms: at(50), p95_ms: at(95), p99_ms: at(99) }
}

function shownSlot({ atMs, accepted, settled, failed, dead }: Slot): Answers.Slot {
  return { at: new Date(atMs).toISOString(), accepted, settled, failed, dead }
}

function shownShard({ index, pending, accepted, settled, bot, slots, ...times }: Shard): Answers.Shard {
  return {
    index,
    pending,
    accepted,
    settled,
    last_accepted_at: iso(times.lastAcceptedAtMs),
    last_settled_at: iso(times.lastSettledAtMs),
    last_sweep_at: iso(times.lastSweepAtMs),
    bot: {
      status: bot.status,
      errors: bot.errors,
      epoch: bot.epoch,
      breaker: bot.breaker || null,
      last_reinitialized_at: iso(bot.reinitializedAtMs),
    },
    slots: slots.map(shownSlot),
  }
}
