/** Virtual time: the simulation fires the timers. */

export interface Timer {
  atMs: number
  fire: () => void
}

export class VirtualTime {
  nowMs = 0
  /** By time; those of one time in the order in which they were set. */
  readonly #timers: Timer[] = []

  set(atMs: number, fire: () => void): Timer {
    const timer = { atMs, fire }
    let at = this.#timers.length
    while (at > 0 && (this.#timers[at - 1]?.atMs ?? 0) > atMs) at--
    this.#timers.splice(at, 0, timer)
    return timer
  }

  clear(timer: Timer): void {
    const at = this.#timers.indexOf(timer)
    if (at >= 0) this.#timers.splice(at, 1)
  }

  /** When the next timer is due; null where there is none. */
  nextMs(): number | null {
    return this.#timers[0]?.atMs ?? null
  }

  /** Advances to the next timer and fires it. */
  fireNext(): void {
    const timer = this.#timers.shift()
    if (!timer) return
    this.nowMs = Math.max(this.nowMs, timer.atMs)
    timer.fire()
  }
}
