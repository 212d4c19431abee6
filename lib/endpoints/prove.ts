/**
 * The self-test: a synthetic update runs through the same code as Telegram's updates: the webhook's handler, the store,
 * a worker, the bot, a call of Telegram, and settle. The times come from the worker's events.
 */
import { randomInt } from 'node:crypto'
import { BREAKERS, type Proof, type ProofError, type ProofStep } from '../contract.ts'
import { BotNotReady, LeaseLost, StoreError, TelegramRefused, TelegramUnreachable } from '../errors.ts'
import type { Invocation, Surroundings } from '../invocation.ts'
import { PROOF_FIELD } from '../kit/gates/proof.ts'
import { isRevoked } from '../kit/refusals.ts'
import type { Redact } from '../log.ts'
import type { WorkerEvent } from '../observer.ts'
import { readSnapshot } from '../state/snapshot.ts'
import { tenths } from '../time.ts'
import { webhook } from './webhook.ts'

/** How long the update is waited for after its 200, in milliseconds. */
const PATIENCE_MS = 20_000
/** Telegram's ids are far below; those from here on are ours. */
const FIRST_ID = 2 ** 52

/** Sends one synthetic update and waits until it ends. @throws StoreError where the bot's state cannot be read */
export async function prove(invocation: Invocation, around: Surroundings, origin: string): Promise<Proof> {
  const { config, clock } = invocation
  const updateId = FIRST_ID + randomInt(2 ** 47)
  const watch = watchUpdate(String(updateId))
  const observe = (event: WorkerEvent) => {
    invocation.observe(event)
    watch.observe(event)
  }
  const request = new Request(`${origin}/webhook`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-telegram-bot-api-secret-token': config.webhookSecret,
    },
    body: JSON.stringify({ update_id: updateId, [PROOF_FIELD]: {} }),
  })
  const started = clock.monotonicMs()
  const since = () => tenths(clock.monotonicMs() - started)
  let status: number
  try {
    status = (await webhook(request, { ...around, observe })).status
  } catch (error) {
    const code = error instanceof StoreError ? 'store_unavailable' : 'internal_error'
    return result([failed('accept', code, since())], since())
  }
  const answeredMs = since()
  const patience = new AbortController()
  const end = await Promise.race([watch.end, clock.sleep(PATIENCE_MS, patience.signal).then(() => null)])
  patience.abort()
  const answer: ProofStep = {
    step: 'answer',
    ok: status === 200,
    ms: answeredMs,
    error: status === 200 ? null : `HTTP ${status}`,
  }
  const accepted = watch.last('accepted')
  const rest =
    accepted?.leased === false ? [await notTaken(invocation)] : workSteps(watch, end, invocation.redact)
  return result([acceptStep(accepted), answer, ...rest], since())
}

const ORDER = ['accept', 'answer', 'process', 'telegram', 'settle'] as const

/** All five steps: what was not reached says so. */
function result(reached: readonly ProofStep[], totalMs: number): Proof {
  const steps = ORDER.map((step) => reached.find((one) => one.step === step) ?? failed(step, 'not_reached'))
  return { ok: steps.every(({ ok }) => ok), steps, total_ms: totalMs }
}

function failed(step: ProofStep['step'], error: ProofError, ms: number | null = null): ProofStep {
  return { step, ok: false, ms, error }
}

/** A step that is over; good where there is no error. */
function ended(step: ProofStep['step'], durationMs: number, error: string | null): ProofStep {
  return { step, ok: error === null, ms: tenths(durationMs), error }
}

function acceptStep(accepted: EventOf<'accepted'> | undefined): ProofStep {
  if (!accepted) return failed('accept', 'timeout')
  const error = accepted.isNew ? null : ('internal_error' satisfies ProofError)
  return ended('accept', accepted.durationMs, error)
}

/** Accepted, but no worker may take anything: the update waits with all others. */
async function notTaken({ store }: Invocation): Promise<ProofStep> {
  const { breaker } = await readSnapshot(store)
  return failed('process', BREAKERS.find((known) => known === breaker) ?? 'not_taken')
}

function workSteps(watch: Watch, end: WorkerEvent | null, redact: Redact): ProofStep[] {
  const steps: ProofStep[] = []
  const decided = watch.last('decided')
  // The last one is the proof's own.
  const called = watch.last('called')
  const settled = watch.last('settled')
  if (end === null) steps.push(failed('process', 'timeout', PATIENCE_MS))
  else {
    const isAstray = end.event === 'stopped' || end.event === 'background failed'
    const cause = isAstray ? end.error : decided?.error
    steps.push(ended('process', decided?.durationMs ?? 0, errorOf(cause, redact)))
  }
  if (called) steps.push(ended('telegram', called.durationMs, errorOf(called.error, redact)))
  if (settled) steps.push(ended('settle', settled.durationMs, null))
  else if (end?.event === 'lost' && end.at === 'settle') {
    steps.push(ended('settle', end.durationMs, 'lease_lost' satisfies ProofError))
  }
  return steps
}

/** An error as its code; one of Telegram's refusals in Telegram's own words. Null where there is none. */
function errorOf(error: unknown, redact: Redact): string | null {
  if (error === null || error === undefined) return null
  if (error instanceof TelegramRefused) {
    if (isRevoked(error)) return 'token_revoked' satisfies ProofError
    return redact(`${error.code} ${error.description}`)
  }
  return codeOf(error)
}

function codeOf(error: unknown): ProofError {
  if (error instanceof TelegramUnreachable) return 'telegram_unreachable'
  if (error instanceof StoreError) return 'store_unavailable'
  if (error instanceof BotNotReady) return 'bot_not_ready'
  if (error instanceof LeaseLost) return 'lease_lost'
  return 'internal_error'
}

type EventOf<Name extends WorkerEvent['event']> = Extract<WorkerEvent, { event: Name }>
type Watch = ReturnType<typeof watchUpdate>

/** Keeps the events of one update. The same invocation may sweep other mailboxes, whose events are left out. */
function watchUpdate(updateId: string) {
  const events: WorkerEvent[] = []
  const own = { updateId, chatKey: `update:${updateId}` }
  let finish: (event: WorkerEvent) => void = () => {}
  const end = new Promise<WorkerEvent>((resolve) => {
    finish = resolve
  })
  return {
    /** The event that ended the update's processing. */
    end,
    observe(event: WorkerEvent) {
      if ('updateId' in event && event.updateId !== own.updateId) return
      if ('chatKey' in event && event.chatKey !== own.chatKey) return
      events.push(event)
      if (isEnd(event)) finish(event)
    },
    last: <Name extends WorkerEvent['event']>(name: Name) =>
      events.findLast((event): event is EventOf<Name> => event.event === name),
  }
}

const ENDS: readonly WorkerEvent['event'][] = ['settled', 'failed', 'stopped', 'background failed']

function isEnd(event: WorkerEvent): boolean {
  if (event.event === 'accepted') return !event.leased
  if (event.event === 'decided') return event.next === 'stop'
  // After a renewal that was refused, the handler still has to end.
  if (event.event === 'lost') return event.at !== 'renew'
  return ENDS.includes(event.event)
}
