/** Sequences of events, and the invariants during and after them. */
import * as fc from 'fast-check'
import { InboxModel } from '../support/inbox-model.ts'
import { CHAT, LEASE_MS, NEIGHBOURS, STRANGERS, SWEEP_MS } from '../support/inbox.ts'
import {
  createWorker,
  HANDLER_MS,
  INVOCATION_MS,
  MAX_ATTEMPTS,
  type Behaviour,
  type SimulatedUpdate,
} from './worker.ts'
import { TIMEOUT_MS, World, type FaultKind, type Instance } from './world.ts'

export const CHATS = [CHAT, NEIGHBOURS[0] ?? '', STRANGERS[0] ?? '']
const HOUR_MS = 3600_000
/** The longest wait between two attempts of an update: Telegram's limit, or the second backoff. */
const RETRY_MS = 5000
/** The maximum duration of an update. */
const WORK_MS: Partial<Record<Behaviour, number>> = {
  ...HANDLER_MS,
  'throws once': RETRY_MS,
  throws: MAX_ATTEMPTS * RETRY_MS,
  limited: RETRY_MS,
  'unreachable once': RETRY_MS,
  // Each crash costs a lease and a sweep.
  kills: (2 * MAX_ATTEMPTS + 1) * (LEASE_MS + SWEEP_MS),
  'kills after sending once': LEASE_MS + SWEEP_MS,
}

/** `turns`: number of steps before the next event. `pick` chooses among the current objects. */
export type Event = { turns: number } & (
  | { event: 'update'; chat: number; behaviour: Behaviour; skewMs: number }
  | { event: 'redeliver'; pick: number }
  | { event: 'fault'; after: number; kind: FaultKind }
  | { event: 'crash'; pick: number }
  | { event: 'pause'; pick: number; ms: number }
  | { event: 'oversleep'; chat: number }
  | { event: 'advance'; ms: number; isSlow: boolean }
  | { event: 'sweep'; times: number }
  | { event: 'restart' }
  | { event: 'replay'; pick: number; times: number }
  | { event: 'telegram'; isUp: boolean }
  | { event: 'fail over'; writes: number; jumpMs: number }
)

const pick = fc.nat(5)
const of = <T extends string | number>(...values: T[]) => fc.constantFrom(...values)
const on = (weight: number, event: Event['event'], fields: Record<string, fc.Arbitrary<unknown>>) => ({
  weight,
  arbitrary: fc.record({ event: fc.constant(event), ...fields, turns: of(0, 0, 1, 2, 3, 5, 9) }),
})

const behaviour = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Behaviour>('well') },
  {
    weight: 8,
    arbitrary: of<Behaviour>(
      'takes a while',
      'slow',
      'slow',
      'throws once',
      'throws',
      'refused',
      'blocked',
      'limited',
      'unreachable once',
      'kills',
      'kills after sending once',
    ),
  },
)
const skewMs = of(0, HOUR_MS, -HOUR_MS)
const kind = of<FaultKind>(
  'late',
  'late',
  'lost',
  'dropped',
  'stalled',
  'refused',
  'crash before',
  'crash after',
  'pause before',
  'pause after',
)

/** @param withFailover also the store's loss of its last writes */
export const sequence = (withFailover: boolean): fc.Arbitrary<Event[]> =>
  fc.array(
    fc.oneof(
      on(16, 'update', { chat: fc.nat(2), behaviour, skewMs }),
      on(4, 'redeliver', { pick }),
      on(8, 'fault', { after: fc.nat(6), kind }),
      on(3, 'crash', { pick }),
      on(3, 'pause', { pick, ms: of(100, LEASE_MS * 0.8, LEASE_MS, LEASE_MS * 3) }),
      on(5, 'oversleep', { chat: fc.nat(2) }),
      on(8, 'advance', {
        ms: of(1, 1000, LEASE_MS / 3 - 100, LEASE_MS * 0.7, LEASE_MS * 1.1, 61_000, 301_000),
        isSlow: fc.boolean(),
      }),
      on(4, 'sweep', { times: of(1, 1, 2) }),
      on(1, 'restart', {}),
      on(2, 'replay', { pick, times: of(1, 2) }),
      on(2, 'telegram', { isUp: fc.boolean() }),
      ...(withFailover
        ? [
            on(3, 'fail over', {
              writes: fc.integer({ min: 1, max: 4 }),
              jumpMs: of(0, 0, -2000, 2000, -HOUR_MS),
            }),
          ]
        : []),
    ) as fc.Arbitrary<Event>,
    { minLength: 1, maxLength: 24, size: 'max' },
  )

/**
 * Runs one sequence.
 * @param follow called after every step
 * @throws the first invariant that does not hold, with the events before it
 */
export async function simulate(
  events: readonly Event[],
  scheduler: fc.Scheduler,
  model: InboxModel = new InboxModel(),
  follow?: () => Promise<void>,
): Promise<void> {
  const keepsWrites = events.some(({ event }) => event === 'fail over')
  const world = new World(scheduler, model, { keepsWrites, follow })
  const real = { setInterval, clearInterval, random: Math.random }
  let draws = 0
  Object.assign(globalThis, {
    setInterval: (tick: () => void, ms: number) => world.setInterval(tick, ms),
    clearInterval: (interval: { stop(): void }) => interval.stop(),
  })
  // The jitter of a retry: different each time, and the same in the same sequence.
  Math.random = () => (draws = (draws + 0.381) % 1)
  try {
    await new Simulation(world).run(events)
  } finally {
    Object.assign(globalThis, { setInterval: real.setInterval, clearInterval: real.clearInterval })
    Math.random = real.random
  }
}

class Simulation {
  readonly #world: World
  readonly #updates = new Map<string, SimulatedUpdate>()
  readonly #sent: SimulatedUpdate[] = []

  constructor(world: World) {
    this.#world = world
  }

  async run(events: readonly Event[]): Promise<void> {
    const world = this.#world
    for (const event of events) {
      await this.#do(event)
      for (let turns = event.turns; turns > 0 && (await world.turn(world.time.nowMs)); turns--);
      world.ledger.compare(world.model)
    }
    await this.#finish(events)
  }

  #start(work: (worker: ReturnType<typeof createWorker>) => Promise<void>, skewMs = 0): void {
    this.#world.start(skewMs, (instance) => work(createWorker(instance, this.#updates)))
  }

  #living(at: number): Instance | undefined {
    const living = this.#world.instances.filter(({ isDead }) => !isDead)
    return living[living.length - 1 - (at % living.length)]
  }

  #hit(at: number): Instance | undefined {
    const instance = this.#living(at)
    if (instance) this.#world.strike(instance)
    return instance
  }

  async #do(event: Event): Promise<void> {
    const world = this.#world
    switch (event.event) {
      case 'update': {
        const id = String(this.#sent.length + 1)
        const chat = CHATS[event.chat] ?? CHAT
        const update = { id, chat, behaviour: event.behaviour, tries: 0, isAnswered: false }
        this.#updates.set(id, update)
        this.#sent.push(update)
        return this.#start((worker) => worker.webhook(update), event.skewMs)
      }
      case 'redeliver': {
        const update = this.#sent[event.pick % this.#sent.length]
        return update && this.#start((worker) => worker.webhook(update))
      }
      case 'fault':
        world.faults.push({ after: event.after, kind: event.kind })
        return
      case 'crash':
        return this.#hit(event.pick)?.crash()
      case 'pause':
        return this.#hit(event.pick)?.pause(event.ms)
      case 'oversleep': {
        // All sleep until just after the end of a lease, except one that arrives just then.
        const leftMs = world.ledger.leaseEndMs(CHATS[event.chat] ?? CHAT) - world.storeMs
        if (leftMs <= 0) return
        world.strike()
        for (const instance of world.instances) instance.pause(leftMs + 1000)
        await world.advance(leftMs)
        return this.#start((worker) => worker.sweep())
      }
      case 'advance':
        return event.isSlow ? world.stall(event.ms) : world.advance(event.ms)
      case 'sweep':
        for (let times = event.times; times > 0; times--) this.#start((worker) => worker.sweep())
        return
      case 'restart':
        return this.#start((worker) => worker.heal(false))
      case 'replay': {
        const ids = [...world.ledger.dead]
        const id = ids[event.pick % ids.length]
        const update = this.#updates.get(id ?? '')
        if (!update) return
        // A second click, or a second operator.
        for (let times = event.times; times > 0; times--) {
          this.#start((worker) => worker.replay(update.id, update.chat))
        }
        return
      }
      case 'telegram':
        world.telegramIsUp = event.isUp
        world.strike()
        return
      case 'fail over':
        return world.failOver(event.writes, event.jumpMs)
    }
  }

  /** Faults stop. Updates without a fault end in their own time; the others need a lease and one sweep. */
  async #finish(events: readonly Event[]): Promise<void> {
    const world = this.#world
    const { ledger, model } = world
    const wasHindered = world.hits > 0 || this.#sent.some(({ behaviour }) => behaviour.startsWith('kills'))
    world.faults.length = 0
    world.telegramIsUp = true
    if (!wasHindered) {
      await world.advance(this.#workMs())
      this.#demandDrained('I5: a wake-up was lost: no fault happened, and it is not drained')
      if (world.leasesLost > 0) throw new Error('I3: a lease was lost without a fault')
    }

    for (const update of this.#sent.filter(({ isAnswered }) => !isAnswered)) {
      this.#start((worker) => worker.webhook(update))
    }
    await this.#drain(events)
    await world.rest()
    // An operator's replay can resume last, too late for its own sweep.
    if (this.#pending() > 0) await this.#drain(events)
    await world.rest()
    this.#demandDrained('I5: it does not stay drained')
    ledger.compare(model)
    this.#checkTotals(events)
  }

  /** A monitor sends a request whenever a sweep is due, until nothing is pending. */
  async #drain(events: readonly Event[]): Promise<void> {
    const world = this.#world
    const limitMs = this.#limitMs(events)
    const untilMs = world.time.nowMs + limitMs
    while ((this.#pending() > 0 || world.scheduler.count() > 0) && world.time.nowMs < untilMs) {
      await world.advance(Math.min(SWEEP_MS, untilMs - world.time.nowMs))
      this.#start((worker) => worker.sweep())
    }
    this.#demandDrained(`I5: not drained within ${limitMs} ms since the faults stopped`)
  }

  /**
   * How long the handlers of what is pending, or about to be accepted or replayed, take one after the other, with
   * the waits that follow their failures.
   */
  #workMs(): number {
    const { seen, dead } = this.#world.model
    return this.#sent
      .filter(({ id }) => !seen.has(id) || dead.has(id) || this.#isPending(id))
      .reduce((sum, { behaviour }) => sum + (WORK_MS[behaviour] ?? 0), 0)
  }

  /** I5: the time of a call in progress, a lease, one sweep, and the work itself. */
  #limitMs(events: readonly Event[]): number {
    // After a clock was set back a lease can last four times as long.
    const leases = events.some(({ event }) => event === 'fail over') ? 4 : 1
    const workMs = this.#workMs()
    // An invocation ends at its time limit, and the rest waits for a sweep.
    const invocations = Math.ceil(workMs / INVOCATION_MS)
    return this.#asleepMs() + TIMEOUT_MS + LEASE_MS * leases + SWEEP_MS * (1 + invocations) + workMs
  }

  /** A pause is a long fault: the last instance that resumes may first renew a lease, accept, or replay. */
  #asleepMs(): number {
    const { instances, time } = this.#world
    const living = instances.filter(({ isDead }) => !isDead)
    return Math.max(0, ...living.map(({ pausedUntilMs }) => pausedUntilMs - time.nowMs))
  }

  #isPending(id: string): boolean {
    return [...this.#world.model.boxes.values()].some(({ queue }) => queue.some((update) => update.id === id))
  }

  #pending(): number {
    return [...this.#world.model.boxes.values()].reduce((sum, { queue }) => sum + queue.length, 0)
  }

  #demandDrained(what: string): void {
    if (this.#pending() === 0) return
    const left = [...this.#world.model.boxes].map(([chat, { queue, owner }]) => {
      return `${chat} (${owner ?? 'free'}): ${queue.map(({ id }) => id).join()}`
    })
    throw new Error(`${what}\n  ${left.join('\n  ')}`)
  }

  #checkTotals(events: readonly Event[]): void {
    const { ledger, charges, model } = this.#world
    if (events.some(({ event }) => event === 'fail over')) return
    for (const { id, isAnswered } of this.#sent) {
      if (isAnswered && !model.seen.has(id))
        throw new Error(`I1: ${id} was answered with 200 and is not known`)
    }
    if (events.some(({ event }) => event === 'replay')) return
    const again: readonly Behaviour[] = ['limited', 'unreachable once']
    const wasAway = events.some(({ event }) => event === 'telegram')
    for (const { id, behaviour } of this.#sent) {
      // Only a crash between a message and its settlement can cause a duplicate.
      const charged = charges.get(id) ?? 0
      const most = (again.includes(behaviour) ? 2 : 1) + charged
      const sends = ledger.sends.get(id) ?? 0
      if (sends > most)
        throw new Error(`I4: ${sends} messages for ${id}, which is ${behaviour}, at most ${most}`)
      const isSilent = behaviour === 'throws' || behaviour === 'kills'
      if (sends === 0 && !isSilent && charged === 0 && !wasAway)
        throw new Error(`I1: no message for ${id}, which is ${behaviour}`)
    }
  }
}
