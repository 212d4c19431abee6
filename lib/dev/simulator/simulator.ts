/**
 * The simulator at `/dev/` of `npm run dev`: a messenger for several people over the Telegram emulator, the
 * timeline of each update, and the switches that make things go wrong. It is never part of a deployment, nor of
 * `npm run serve`.
 */
import { CRASH_POINTS, type CrashPoint } from '../crash-points.ts'
import type { Onlooker } from '../functions.ts'
import type { MtprotoServer } from '../mtproto/server.ts'
import type { StoreFaults } from '../store/front.ts'
import type { TelegramEmulator } from '../telegram/emulator.ts'
import { createFaultSwitches } from './faults.ts'
import { createFeed } from './feed.ts'
import { createInvocations, type Invocation } from './invocations.ts'
import { by, createLedger } from './ledger.ts'
import { createPage } from './page-build.ts'
import { createPhone } from './phone.ts'
import { createRoutes } from './routes.ts'
import { readStoreRequest } from './store-words.ts'
import { createCallHook, mailboxOf, updateOf } from './watch-calls.ts'
import { noteWorkerEvent, shownUnseen } from './worker-events.ts'

export interface Simulator {
  onlooker: Onlooker
  /** Builds the page before its first request. */
  warm(): Promise<void>
  close(): void
}

/** How many invocations are known by name. */
const MOST_INVOCATIONS = 1000

/** @param options.store the faults of the store, where it is ours; `mtproto`: what the operator's phone acts on */
export function startSimulator(options: {
  telegram: TelegramEmulator
  store: StoreFaults | null
  mtproto?: MtprotoServer | null
}): Simulator {
  const { telegram, store, mtproto } = options
  const { world } = telegram
  const now = () => performance.timeOrigin + performance.now()
  const feed = createFeed()
  const named = new Map<string, Invocation>()
  const ledger = createLedger(world, feed, now, (name) => named.get(name))
  const faults = createFaultSwitches({
    telegram: telegram.faults,
    delivery: telegram.delivery,
    token: world,
    store,
  })
  const tellFaults = () => feed.publishSoon('faults', { type: 'faults', faults: faults.list() })

  function passes(invocation: Invocation, point: CrashPoint, init: RequestInit | undefined): boolean {
    if (!faults.strikesAt(point)) return false
    tellFaults()
    const request = readStoreRequest(init)
    const updates = new Set(invocation.holds.values())
    if (point === 'answered' && invocation.own !== null) updates.add(invocation.own)
    const own = request && updateOf(invocation, request)
    const chatKey = request && mailboxOf(invocation, request)
    // The function dies before it can report this as an event.
    const unseen = shownUnseen(point, chatKey !== null && invocation.isGivingUp.get(chatKey) === true)
    if (own !== null) {
      updates.add(own)
      if (unseen) ledger.timelines.add(own, { ...unseen, at: now(), ...by(invocation) })
    }
    for (const updateId of updates) {
      const title = `the function was killed: ${CRASH_POINTS[point]}`
      const fault = `kill=${point}`
      ledger.timelines.add(updateId, {
        name: 'killed',
        at: now(),
        title,
        state: 'bad',
        fault,
        ...by(invocation),
      })
    }
    return true
  }

  const call = createCallHook(ledger, now, () => faults.ofStore())
  const invocations = createInvocations({
    call(invocation, ...rest) {
      named.set(invocation.name, invocation)
      const [oldest] = named.keys()
      if (named.size > MOST_INVOCATIONS && oldest !== undefined) named.delete(oldest)
      return call(invocation, ...rest)
    },
    passes,
  })
  const giveBackConsole = listenToLog((line) => {
    const invocation = invocations.current()
    if (invocation?.deadAt) return false
    ledger.noteLog({ at: now(), invocation: invocation?.name ?? null, line })
    return true
  })
  const onObserved = (observation: Parameters<typeof ledger.observe>[0]) => {
    ledger.observe(observation)
    // A fault that was set for some times only counts down with each call and delivery.
    if (observation.kind === 'call' || observation.kind === 'delivery') tellFaults()
  }
  world.signals.on('observed', onObserved)
  const page = createPage()
  const phone = mtproto ? createPhone(mtproto) : null
  const answer = createRoutes({ world, ledger, faults, feed, page, phone, tellFaults })

  return {
    onlooker: {
      answer,
      run: invocations.run,
      lifetime: invocations.lifetime,
      observe(event) {
        const invocation = invocations.current()
        if (invocation && invocation.deadAt === null) noteWorkerEvent(ledger, now, invocation, event)
      },
    },
    warm: () => page.warm(),
    close() {
      world.signals.off('observed', onObserved)
      giveBackConsole()
      invocations.close()
      feed.close()
    },
  }
}

/**
 * Reads the functions' log lines for the page's log. They go through console.log.
 * @param hear returns false for a line that is not to be printed
 * @returns gives the console back
 */
function listenToLog(hear: (line: Record<string, unknown>) => boolean): () => void {
  const { log } = console
  console.log = (...words: unknown[]) => {
    const [text] = words
    const line = words.length === 1 && typeof text === 'string' && text.startsWith('{') ? parse(text) : null
    if (line === null || hear(line)) log(...words)
  }
  return () => {
    console.log = log
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}
