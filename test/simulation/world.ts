/**
 * The simulated world: one store (the model with which the real scripts are compared), instances that start and end, a
 * network between them, and virtual time. Instances run one step at a time: at every call and every pause the
 * scheduler chooses the instance that continues.
 */
import type * as fc from 'fast-check'
import { StoreError } from '../../lib/errors.ts'
import type { Clock } from '../../lib/time.ts'
import type { InboxModel } from '../support/inbox-model.ts'
import { LEASE_MS, START_MS } from '../support/inbox.ts'
import { Ledger } from './ledger.ts'
import { VirtualTime, type Timer } from './time.ts'

/**
 * The faults of a store call. late: its answer takes nearly as long as the caller waits; lost: applied, but the answer
 * is lost; dropped: not applied; stalled: the caller gives up, and it is applied later; refused: the store refuses it;
 * crash and pause: of the caller, before the call arrives or after it was applied.
 */
export type FaultKind =
  | 'late'
  | 'lost'
  | 'dropped'
  | 'stalled'
  | 'refused'
  | 'crash before'
  | 'crash after'
  | 'pause before'
  | 'pause after'

/** A caller waits this long for one answer; an answer that gives a lease must leave most of it. */
export const TIMEOUT_MS = LEASE_MS / 3
const PAUSE_MS = LEASE_MS * 1.5
/** Maximum number of writes that the store can lose. */
const KEPT_WRITES = 4

/** Never resolves. A new promise each time, so that waiting code can be garbage-collected. */
const never = () => new Promise<never>(() => {})
/** Resolves after every microtask has run: the step of one instance is over. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

export class World {
  readonly time = new VirtualTime()
  readonly ledger = new Ledger()
  readonly instances: Instance[] = []
  /** Planned faults: each happens at the call that is that many calls ahead. */
  readonly faults: { after: number; kind: FaultKind }[] = []
  /** Faults that happened, and other events that can cost a second attempt. */
  hits = 0
  /** Update id -> how many of them hit a worker that was at it: each can show its message once more. */
  readonly charges = new Map<string, number>()
  telegramIsUp = true
  /** Workers that found their lease lost. */
  leasesLost = 0
  /** The sum of the jumps of the store's clock. */
  jumpMs = 0
  error: unknown = null
  readonly model: InboxModel
  readonly scheduler: fc.Scheduler
  /** The instance whose step it is. */
  current: Instance | null = null
  readonly #keepsWrites: boolean
  /** Called after every step. */
  readonly #follow: (() => Promise<void>) | undefined
  #writes: (() => void)[] = []

  constructor(
    scheduler: fc.Scheduler,
    model: InboxModel,
    options: { keepsWrites: boolean; follow?: (() => Promise<void>) | undefined },
  ) {
    this.scheduler = scheduler
    this.model = model
    this.#keepsWrites = options.keepsWrites
    this.#follow = options.follow
  }

  get storeMs(): number {
    return START_MS + this.time.nowMs + this.jumpMs
  }

  start(skewMs: number, work: (instance: Instance) => Promise<void>): Instance {
    const instance = new Instance(this, `i${this.instances.length + 1}`, skewMs)
    this.instances.push(instance)
    this.current = instance
    work(instance).catch((error: unknown) => {
      // An instance may fail because the store failed; any other error is a bug.
      if (!(error instanceof StoreError)) this.error ??= error
    })
    return instance
  }

  /** One step of one instance, or else the next timer that is due by `untilMs`. @returns false where there is none */
  async turn(untilMs = Infinity): Promise<boolean> {
    if (this.scheduler.count() > 0) await this.scheduler.waitOne()
    else if (!this.#fireBy(untilMs)) return false
    await this.#stepped()
    return true
  }

  /** Advances the time and runs everything that is due. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.time.nowMs + ms
    while (await this.turn(untilMs));
    this.time.nowMs = untilMs
  }

  /** Advances the time without any call arriving: calls in progress will be late. */
  async stall(ms: number): Promise<void> {
    const untilMs = this.time.nowMs + ms
    while (this.#fireBy(untilMs)) await this.#stepped()
    this.time.nowMs = untilMs
    if (this.scheduler.count() > 0) this.strike()
  }

  /** Runs until everything has ended. */
  async rest(): Promise<void> {
    for (let turns = 0; await this.turn(); turns++) {
      if (turns > 20_000) throw new Error('I5: it does not come to rest')
    }
  }

  async #stepped(): Promise<void> {
    await settled()
    this.check()
    if (this.#follow) await this.#follow()
  }

  #fireBy(untilMs: number): boolean {
    const nextMs = this.time.nextMs()
    if (nextMs === null || nextMs > untilMs) return false
    this.time.fireNext()
    return true
  }

  /** @throws the first invariant that does not hold */
  check(): void {
    if (this.error) throw this.error instanceof Error ? this.error : new Error('it threw no error')
    if (this.ledger.violation !== null) throw new Error(this.ledger.violation)
  }

  /** A fault hits an instance, or all. */
  strike(instance?: Instance): void {
    this.hits++
    for (const id of this.ledger.inHand(instance?.name)) this.charges.set(id, (this.charges.get(id) ?? 0) + 1)
  }

  nextFault(instance: Instance): FaultKind | null {
    const [fault] = this.faults
    if (!fault) return null
    if (fault.after-- > 0) return null
    this.faults.shift()
    // A fault after the call affects the update that the caller processes then.
    if (fault.kind === 'crash after' || fault.kind === 'pause after') this.hits++
    else this.strike(instance)
    return fault.kind
  }

  /** Applies a call to the store, atomically. */
  apply<T>(change: (model: InboxModel) => T): T {
    this.model.nowMs = this.storeMs
    if (this.#keepsWrites) {
      this.#writes.push(this.model.save())
      if (this.#writes.length > KEPT_WRITES) this.#writes.shift()
    }
    return change(this.model)
  }

  /** The store fails over to a copy that lacks the last writes; its clock may be another. */
  failOver(writes: number, jumpMs: number): void {
    this.#writes.at(-writes)?.()
    this.#writes = []
    this.jumpMs += jumpMs
    this.model.nowMs = this.storeMs
    this.ledger.rebase(this.model)
    this.strike()
  }

  /** Replaces the global setInterval: an interval belongs to the instance whose step it is. */
  setInterval(tick: () => void, everyMs: number): { stop(): void } {
    const instance = this.current
    let timer: Timer | null = null
    const arm = () => {
      timer = this.time.set(this.time.nowMs + everyMs, () => {
        if (instance?.isDead) return
        arm()
        if ((instance?.pausedUntilMs ?? 0) > this.time.nowMs) return
        this.current = instance
        tick()
      })
    }
    const stop = () => {
      if (timer) this.time.clear(timer)
    }
    arm()
    return { stop }
  }
}

/** One invocation of a function, with its own clock. */
export class Instance {
  isDead = false
  pausedUntilMs = 0
  readonly world: World
  readonly name: string
  readonly clock: Clock
  #owners = 0

  constructor(world: World, name: string, skewMs: number) {
    this.world = world
    this.name = name
    this.clock = {
      monotonicMs: () => world.time.nowMs + skewMs,
      sleep: async (ms) => {
        await new Promise<void>((resolve) => world.time.set(world.time.nowMs + ms, resolve))
        await this.#awake()
      },
    }
  }

  newOwner(): string {
    return `${this.name}.${++this.#owners}`
  }

  crash(): void {
    this.isDead = true
  }

  pause(ms: number): void {
    // A shorter pause does not end a longer one.
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.world.time.nowMs + ms)
  }

  /** A point at which other instances may run first. */
  async point(label: string): Promise<void> {
    await this.world.scheduler.schedule(Promise.resolve(), `${this.name} ${label}`)
    await this.#awake()
  }

  async #awake(): Promise<void> {
    const { time } = this.world
    while (this.pausedUntilMs > time.nowMs && !this.isDead) {
      await new Promise<void>((resolve) => time.set(this.pausedUntilMs, resolve))
    }
    if (this.isDead) await never()
    this.world.current = this
  }

  /**
   * Calls the store as lib/redis.ts does: again while the outcome is unknown and the time lasts.
   * @param change what the call does; made again, it must know itself
   * @throws StoreError
   */
  async call<T>(label: string, totalMs: number, change: (model: InboxModel) => T): Promise<T> {
    const { world, clock } = this
    const startMs = clock.monotonicMs()
    for (let attempt = 0; ; attempt++) {
      const sentMs = clock.monotonicMs()
      const fault = world.nextFault(this)
      if (fault === 'stalled') {
        void world.scheduler
          .schedule(Promise.resolve(), `${this.name} late ${label}`)
          .then(() => world.apply(change))
        await clock.sleep(TIMEOUT_MS)
      } else {
        if (fault === 'pause before') this.pause(PAUSE_MS)
        if (fault === 'crash before') this.crash()
        await this.point(label)
        if (fault === 'refused') throw new StoreError('store_full', { definite: true })
        const answer = fault === 'dropped' ? null : { value: world.apply(change) }
        if (fault === 'pause after' || fault === 'crash after') world.strike(this)
        if (fault === 'pause after') this.pause(PAUSE_MS)
        if (fault === 'crash after') this.crash()
        if (fault === 'late') await clock.sleep(TIMEOUT_MS * 0.95)
        // Where it takes a step until the answer arrives, others may come in between.
        if (fault !== null) await this.point(`answer to ${label}`)
        const isInTime = clock.monotonicMs() - sentMs <= TIMEOUT_MS
        if (answer && fault !== 'lost' && isInTime) return answer.value
      }
      const pauseMs = Math.min(50 * 2 ** attempt, 2000)
      if (totalMs - (clock.monotonicMs() - startMs) - pauseMs < 50) throw new StoreError('timeout')
      await clock.sleep(pauseMs)
    }
  }
}
