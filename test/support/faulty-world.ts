/** A world in which chosen calls of the store get a fault. */
import type { Fault } from './fault-front.ts'
import { warmUp } from './pings.ts'
import { hasWord, nameOf } from './store-calls.ts'
import { until } from './until.ts'
import { openWorld, type WorldOptions } from './world.ts'

/** Five times as long as a caller waits before its first other try, in milliseconds: the machine may be busy. */
const QUIET_MS = 250

/** One call among those that a request makes. */
export interface Position {
  kind: string
  /** The how manieth of its kind, from 1. */
  nth: number
  /** True where it names the chat or the update that the request is about. */
  isOfWord: boolean
  /** For people. */
  name: string
}

interface Plan extends Position {
  word: string
  fault: Fault
  /** When it was hit; 0 for not yet. */
  hitMs: number
}

/** Opens a world whose bot is warm, and in which calls can be hit by what they are. */
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
    /** Takes back what has not been hit. @returns true where it has been */
    isOver(plan: Plan): boolean {
      if (plan.hitMs === 0) plans.splice(plans.indexOf(plan), 1)
      return plan.hitMs > 0
    },
    /** Waits until no call of the store is under way and none has come for a while. */
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
