/** The failure policy: what happened -> what follows, in one table. */
import { BotNotReady, LeaseLost, TelegramRefused, TelegramUnreachable } from '../errors.ts'
import type { Failure } from '../inbox/fail.ts'
import { refusalOf, type Refusal } from '../kit/refusals.ts'
import { describeError, type Redact } from '../log.ts'

export type FailureClass =
  | 'threw'
  | 'unreachable'
  | 'limited'
  | 'refused'
  | 'blocked'
  | 'revoked'
  | 'exhausted'
  | 'held'
  | 'lost'

interface Policy {
  /** What follows for the head. 'settle': nothing more can be done; 'stop': another worker has the mailbox. */
  next: Failure['action'] | 'settle' | 'stop'
  countsAsError: boolean
  /** While a breaker is open, such a failure does not count as an attempt. */
  outage: boolean
  breaker: Failure['breaker']
}

export const POLICY: Record<FailureClass, Policy> = {
  // The handler threw or took too long.
  threw: { next: 'retry', countsAsError: true, outage: false, breaker: '' },
  // Telegram answered 5xx, nothing usable, or not in time.
  unreachable: { next: 'retry', countsAsError: true, outage: true, breaker: '' },
  // 429: Telegram says how long to wait; not an attempt.
  limited: { next: 'wait', countsAsError: false, outage: false, breaker: '' },
  // The same call will be refused again.
  refused: { next: 'dead', countsAsError: true, outage: false, breaker: '' },
  // The bot may not write to the update's own chat: blocked, removed, muted.
  blocked: { next: 'settle', countsAsError: false, outage: false, breaker: '' },
  // The token was revoked. Every update would use up its attempts.
  revoked: { next: 'wait', countsAsError: false, outage: true, breaker: 'token' },
  // Taken too often without an end: it kills its worker, or its envelope cannot be read.
  exhausted: { next: 'dead', countsAsError: true, outage: false, breaker: '' },
  // The bot is being initialised, or its breaker has just opened: nothing was tried.
  held: { next: 'wait', countsAsError: false, outage: true, breaker: '' },
  // Another worker has the mailbox.
  lost: { next: 'stop', countsAsError: false, outage: false, breaker: '' },
}

/** An update that fails and is older than this becomes a dead letter, so that its mailbox goes on, in ms. */
export const AGE_CAP_MS = 24 * 3600_000

const FIRST_RETRY_MS = 1000
const RETRY_FACTOR = 3
const RETRY_CAP_MS = 60_000
/** What a 429 without retry_after waits, in ms. */
const LIMIT_MS = 3000

/** What a refusal of Telegram does to its update, where the refused call was about the update's own chat. */
const OF_REFUSAL: Record<Refusal, FailureClass> = {
  revoked: 'revoked',
  limited: 'limited',
  unwritable: 'blocked',
  no_thread: 'refused',
  bad_markup: 'refused',
  unavailable: 'unreachable',
  refused: 'refused',
}

/**
 * Names what happened.
 * @param ownChat the chat of the update: another chat that cannot be written to is an error of the handler
 */
export function classify(error: unknown, ownChat: string): FailureClass {
  if (error instanceof LeaseLost) return 'lost'
  if (error instanceof BotNotReady) return 'held'
  if (error instanceof TelegramUnreachable) return 'unreachable'
  if (!(error instanceof TelegramRefused)) return 'threw'
  const refusal = refusalOf(error)
  const isElsewhere = error.chatId !== null && error.chatId !== ownChat
  return refusal === 'unwritable' && isElsewhere ? 'threw' : OF_REFUSAL[refusal]
}

export interface Circumstances {
  attempt: number
  maxAttempts: number
  /** Since the update was accepted. */
  ageMs: number
  random?: () => number
  redact: Redact
}

export type Decision = { next: 'settle' } | { next: 'stop' } | { next: 'fail'; failure: Failure }

/** Decides what follows, from the table and the update's history. Pure. */
export function decide(
  failureClass: FailureClass,
  error: unknown,
  { attempt, maxAttempts, ageMs, random = Math.random, redact }: Circumstances,
): Decision {
  const policy = POLICY[failureClass]
  if (policy.next === 'settle' || policy.next === 'stop') return { next: policy.next }
  const tooOld = ageMs >= AGE_CAP_MS
  const usedUp = policy.next === 'retry' && attempt >= maxAttempts
  const action = (tooOld && !policy.outage) || usedUp ? 'dead' : policy.next
  return {
    next: 'fail',
    failure: {
      action,
      delayMs: delayMs(failureClass, error, attempt, ageMs, random),
      countsAsError: policy.countsAsError,
      breaker: policy.breaker,
      outage: policy.outage,
      limited: failureClass === 'limited',
      cause: causeOf(failureClass, error, redact),
    },
  }
}

/** How long the head waits: what Telegram asks for, else exponential backoff with jitter of a quarter. */
function delayMs(
  failureClass: FailureClass,
  error: unknown,
  attempt: number,
  ageMs: number,
  random: () => number,
): number {
  if (failureClass === 'limited' && error instanceof TelegramRefused) {
    const asked = error.retryAfterSeconds === null ? LIMIT_MS : error.retryAfterSeconds * 1000
    // Past the age cap the update becomes a dead letter, so a longer wait has no use.
    return Math.min(asked, Math.max(AGE_CAP_MS - ageMs, 1000))
  }
  const backoff = Math.min(FIRST_RETRY_MS * RETRY_FACTOR ** (attempt - 1), RETRY_CAP_MS)
  return backoff * (0.75 + 0.5 * random())
}

/** What a dead letter keeps of its cause: one line of JSON without stack and without the user's text. */
function causeOf(failureClass: FailureClass, error: unknown, redact: Redact): string {
  const { name, code, message } = describeError(error, redact)
  return JSON.stringify({ class: failureClass, name, code, message })
}
