/** One head through its handler, and what went wrong there. */
import { LeaseLost } from '../errors.ts'
import type { Envelope } from '../inbox/envelope.ts'
import type { BotState, Lease } from '../inbox/types.ts'
import type { Guard } from '../kit/guarded-call.ts'
import type { FailureClass } from './decide.ts'
import type { Hold } from './hold.ts'

export interface RunDeps {
  /** Runs the bot over one update. Rejects with what went wrong. */
  process(envelope: Envelope, lease: Lease, bot: BotState, guard: Guard): Promise<void>
  maxAttempts: number
}

/** Why a head is not done. */
export interface Trouble {
  cause: unknown
  /** Set where the cause alone does not tell it. */
  failureClass?: FailureClass
}

/**
 * A take that was never settled or failed counts as an attempt, because the update may have killed its worker. A
 * deployment kills every update in flight too, so such a take is weak evidence, and twice as many are allowed.
 */
const CRASHES_PER_ATTEMPT = 2

/**
 * Runs the bot over the head.
 * @param envelope null where its version is unknown
 * @returns null when all went well
 */
export async function run(
  deps: RunDeps,
  envelope: Envelope | null,
  lease: Lease,
  bot: BotState,
  { guard, signal, release }: Omit<Hold, 'stop'>,
): Promise<Trouble | null> {
  if (!envelope) return { cause: new Error('unknown envelope version'), failureClass: 'exhausted' }
  if (lease.attempt > deps.maxAttempts * CRASHES_PER_ATTEMPT) {
    return { cause: new Error('its worker never came to an end'), failureClass: 'exhausted' }
  }
  try {
    await deps.process(envelope, lease, bot, guard)
    return signal.aborted ? { cause: new LeaseLost() } : null
  } catch (cause) {
    return { cause: signal.aborted ? new LeaseLost() : cause }
  } finally {
    // Work that a handler left running must not send after its update has ended.
    release()
  }
}
