/** A world that injects faults into chosen store calls. */
import type { Fault } from './fault-front.ts'
import { warmUp } from './pings.ts'
import { hasWord, nameOf } from './store-calls.ts'
import { until } from './until.ts'
import { openWorld, type WorldOptions } from './world.ts'

/** Five times the delay of a caller's first retry, in milliseconds: the machine may be busy. */
const QUIET_MS = 250

/** One of the store calls of a request. */
export interface Position {
  kind: string
  /** Its number among calls of the same kind, from 1. */
  nth: number
  /** True where it names the chat or the update of the request. */
  isOfWord: boolean
  /** Name for error messages. */
  name: string
}

interface Plan extends Position {
  word: string
  fault: Fault
  /** When the fault happened; 0: not yet. */
  hitMs: number
}

/** Opens a world with an initialised bot. Faults are chosen by the position of a call. */
export async function openFaulty(options: WorldOptions) {
  const world = await openWorld({ speed: 20, ...options })
  const plans: Plan[] = []
  await warmUp(world)
  world.front.restart(({ body }) => {
    const kind = nameOf(body)
    const isIt = (one: Plan) => one.kind === kind && (!one.isOfWord || hasWord(body, one.word))
    for (const plan of plans.filter((one) => one.hitMs === 0 && isIt(one))) {
      if (--plan.nth > 0) continue
      plan.hitMs = Date.now()
      return plan.fault
    }
    return null
  })
  return {
    ...world,
    /** The next call at the position gets a fault. */
    hit(position: Position, fault: Fault, word: string): Plan {
      const plan = { ...position, fault, word, hitMs: 0 }
      plans.push(plan)
      return plan
    },
    /** Removes a fault that has not happened. @returns true where it has happened */
    isOver(plan: Plan): boolean {
      if (plan.hitMs === 0) plans.splice(plans.indexOf(plan), 1)
      return plan.hitMs > 0
    },
    /** Waits until no store call is in progress and none has come for a while. */
    async quiet() {
      const { front } = world
      let [seen, sinceMs] = [-1, 0]
      await until('the server to be quiet', () => {
        if (front.count() !== seen || front.underWay() > 0) [seen, sinceMs] = [front.count(), Date.now()]
        return Date.now() - sinceMs > QUIET_MS
      })
    },
  }
}

export type FaultyWorld = Awaited<ReturnType<typeof openFaulty>>
