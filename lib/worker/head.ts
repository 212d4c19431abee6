/** One head of a mailbox, under a lease that is renewed until its end is recorded: run, decide, settle. */
import type { Envelope } from '../inbox/envelope.ts'
import type { Lease } from '../inbox/types.ts'
import { describeError, type Logger } from '../log.ts'
import { classify, decide, type Decision, type FailureClass } from './decide.ts'
import { holdLease, type Hold, type HoldDeps } from './hold.ts'
import { run, type RunDeps, type Trouble } from './run.ts'
import { failHead, settleHead, STOP, type Held, type SettleDeps, type Step } from './settle-with.ts'

export type HeadDeps = HoldDeps &
  RunDeps &
  SettleDeps & {
    inbox: {
      /** Reads a head's envelope; null where its version is unknown. */
      open(head: string): Envelope | null
    }
    /** Names the mailbox in each line. */
    log: Logger
  }

/** Processes the head. @returns how the mailbox goes on @throws StoreError */
export async function processHead(deps: HeadDeps, held: Held): Promise<Step> {
  const hold = holdLease(deps, held.lease, held.askedMs)
  try {
    return await processUnder(hold, deps, held)
  } finally {
    await hold.stop()
  }
}

async function processUnder(hold: Hold, deps: HeadDeps, { lease, bot }: Held): Promise<Step> {
  const { updateId, chatKey, attempt } = lease
  const { clock, log, observe } = deps
  const startedMs = clock.monotonicMs()
  const sinceMs = () => clock.monotonicMs() - startedMs
  const line = { update_id: updateId, attempt, epoch: bot.epoch }
  const logEnd = (event: string, fields: object) =>
    log.info(event, { ...line, ...fields, duration_ms: Math.round(sinceMs()) })

  observe({ event: 'taken', updateId, chatKey, attempt })
  const envelope = deps.inbox.open(lease.head)
  const trouble = await run(deps, envelope, lease, bot, hold)
  const { failureClass, decision } = trouble ? judge(trouble, deps, lease, envelope) : WELL
  const next = decision.next === 'fail' ? decision.failure.action : decision.next
  const error = trouble?.cause ?? null
  observe({ event: 'decided', updateId, chatKey, next, failureClass, error, durationMs: sinceMs() })

  if (decision.next === 'stop') {
    log.warn('lease lost', line)
    return STOP
  }
  if (failureClass === null || decision.next === 'settle') {
    if (trouble && envelope) await deps.on.blocked(envelope, chatKey)
    const { word, step } = await settleHead(deps, lease, bot)
    if (trouble) logEnd('update settled, chat cannot be written to', {})
    else logEnd('update processed', { settled: word })
    return step
  }
  const { failure, failed } = await failHead(deps, lease, decision.failure)
  // The mailbox is free now, and what follows can take minutes.
  await hold.stop()
  const outcome = failed.word === 'lost' ? 'lost' : failed.how
  log.warn('update failed', {
    ...line,
    class: failureClass,
    error: describeError(error, deps.redact),
    outcome,
  })
  if (failed.word === 'lost') return STOP
  if (failed.how === 'dead') {
    log.error('update dead-lettered', { ...line, class: failureClass })
    await deps.on.dead(envelope, chatKey, failureClass)
  }
  await deps.on.failed(failure, failed.errors)
  return failed.left ? { waitMs: failed.waitMs } : STOP
}

type Verdict =
  | { failureClass: null; decision: { next: 'settle' } }
  | { failureClass: FailureClass; decision: Decision }
const WELL: Verdict = { failureClass: null, decision: { next: 'settle' } }

function judge(
  { cause, failureClass: known }: Trouble,
  { maxAttempts, redact }: Pick<HeadDeps, 'maxAttempts' | 'redact'>,
  { attempt, nowMs, chatKey }: Lease,
  envelope: Envelope | null,
): { failureClass: FailureClass; decision: Decision } {
  const failureClass = known ?? classify(cause, chatKey)
  // By the store's clock alone: the clock of this instance can be wrong.
  const ageMs = envelope ? nowMs - envelope.acceptedAtMs : 0
  return { failureClass, decision: decide(failureClass, cause, { attempt, maxAttempts, ageMs, redact }) }
}
