/** The workers' events, as steps in the timelines of their updates. */
import type { WorkerEvent } from '../../observer.ts'
import type { Invocation } from './invocations.ts'
import { by, type Ledger } from './ledger.ts'
import type { Step } from './wire.ts'

type Shown = Pick<Step, 'name' | 'title' | 'state' | 'ms'>

/** @param invocation the one that the event comes from */
export function noteWorkerEvent(
  ledger: Pick<Ledger, 'timelines' | 'hold' | 'release'>,
  now: () => number,
  invocation: Invocation,
  event: WorkerEvent,
): void {
  // The store's own failures come from the watched calls, the rest from the log.
  if (event.event === 'stopped' || event.event === 'background failed') return
  const { chatKey } = event
  const updateId = Number(event.updateId)
  if (event.event === 'received') invocation.own = updateId
  if (event.event === 'taken') ledger.hold(invocation, chatKey, updateId)
  if (event.event === 'decided') invocation.isGivingUp.set(chatKey, event.next === 'dead')
  if (event.event === 'settled' || event.event === 'failed' || event.event === 'lost') {
    ledger.release(invocation, chatKey)
  }
  const shown = shownAs(event)
  if (shown) ledger.timelines.add(updateId, { ...shown, at: now(), ...by(invocation) })
}

/** @returns null for what the emulator or the log shows */
function shownAs(event: Exclude<WorkerEvent, { event: 'stopped' | 'background failed' }>): Shown | null {
  switch (event.event) {
    case 'accepted': {
      const title = event.isNew ? 'accepted' : 'a duplicate, accepted before'
      return { name: 'accepted', title, state: 'ok', ms: event.durationMs }
    }
    case 'taken':
      return { name: 'leased', title: `leased, attempt ${event.attempt}`, state: 'ok' }
    case 'settled':
      return { ...SETTLED, ms: event.durationMs }
    case 'failed': {
      if (event.how === 'dead') return { ...DEAD, ms: event.durationMs }
      const seconds = Math.round(event.waitMs / 100) / 10
      return { name: 'failed', title: `failed, waits ${seconds} s`, state: 'bad', ms: event.durationMs }
    }
    case 'lost': {
      const title = `the lease was lost (the store said so at ${event.at})`
      return { name: 'lost', title, state: 'bad', ms: event.durationMs }
    }
    case 'received':
    case 'called':
    case 'decided':
  }
  return null
}

const SETTLED: Shown = { name: 'settled', title: 'settled', state: 'ok' }
const DEAD: Shown = { name: 'dead', title: 'given up on: a dead letter', state: 'bad' }

/** What the store did for a function that was killed before it saw the answer; null where that is nothing. */
export function shownUnseen(point: string, isGivingUp: boolean): Shown | null {
  if (point === 'accepted') return { name: 'accepted', title: 'accepted', state: 'ok' }
  if (point === 'settled') return SETTLED
  if (point === 'failed') return isGivingUp ? DEAD : { name: 'failed', title: 'failed', state: 'bad' }
  return null
}
