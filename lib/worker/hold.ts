/** Holding a lease: it is renewed while the handler works, and no call is sent under a lease that is over. */
import { LeaseLost } from '../errors.ts'
import type { Lease } from '../inbox/types.ts'
import type { Guard } from '../kit/guarded-call.ts'
import type { Observer } from '../observer.ts'
import { every, type Clock } from '../time.ts'

export interface HoldDeps {
  inbox: { renew(lease: Lease): Promise<'renewed' | 'lost'> }
  clock: Clock
  leaseMs: number
  observe: Observer
}

export interface Hold {
  guard: Guard
  signal: AbortSignal
  /** From now on no call of this update is sent. */
  readonly release: () => void
  /** Ends the renewal. */
  readonly stop: () => Promise<void>
}

/**
 * Renews the lease at every third of its length until stopped.
 * @param askedMs when the store was asked for the lease, or earlier, by the monotonic clock
 */
export function holdLease(deps: HoldDeps, lease: Lease, askedMs: number): Hold {
  const { inbox, clock, leaseMs, observe } = deps
  const aborter = new AbortController()
  const release = () => {
    if (!aborter.signal.aborted) aborter.abort(new LeaseLost())
  }
  // Not counted from now: the process may have been paused since the store answered.
  let heldUntil = askedMs + (leaseMs * 2) / 3
  const renew = async () => {
    const asked = clock.monotonicMs()
    const word = await inbox.renew(lease).catch(() => 'unknown' as const)
    if (word === 'renewed') heldUntil = asked + leaseMs
    if (word !== 'lost') return
    const { updateId, chatKey } = lease
    observe({ event: 'lost', at: 'renew', updateId, chatKey, durationMs: clock.monotonicMs() - asked })
    release()
  }
  const guard: Guard = {
    signal: aborter.signal,
    async beforeCall() {
      // A worker that was paused past its lease asks the store before it sends. No answer counts as a no.
      if (!aborter.signal.aborted && clock.monotonicMs() >= heldUntil) await renew()
      if (aborter.signal.aborted || clock.monotonicMs() >= heldUntil) throw new LeaseLost()
    },
  }
  return { guard, signal: aborter.signal, release, stop: every(leaseMs / 3, renew) }
}
