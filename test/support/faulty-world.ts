/** A world in which chosen calls of the store get a fault. */
import { textUpdate } from './fake-telegram.ts'
import { FAULTS, type Fault } from './fault-front.ts'
import { pongs } from './pings.ts'
import { isCall, type Operation } from './store-calls.ts'
import { until } from './until.ts'
import { openWorld, type WorldOptions } from './world.ts'

interface Plan {
  operation: Operation
  /** A key or an argument of the call ends with it. */
  word: string | undefined
  fault: Fault
  /** When it was hit; 0 for not yet. */
  hitMs: number
}

/** Opens a world whose bot is warm, and in which calls can be hit by what they are. */
export async function openFaulty(options: WorldOptions) {
  const world = await openWorld({ speed: 20, ...options })
  const plans: Plan[] = []
  const warm = textUpdate('/ping warm', 1)
  await world.deliver(warm)
  await until('the bot to be warm', () => pongs(world.telegram, 1).length === 1)
  await world.drained()
  world.front.restart((call) => {
    const plan = plans.find((one) => one.hitMs === 0 && isCall(call, one.operation, one.word))
    if (!plan) return null
    plan.hitMs = Date.now()
    return plan.fault
  })
  return {
    ...world,
    /** The next call of an operation gets a fault. */
    hit(operation: Operation, fault: Fault, word?: string): Plan {
      const plan = { operation, fault, word, hitMs: 0 }
      plans.push(plan)
      return plan
    },
  }
}

export type FaultyWorld = Awaited<ReturnType<typeof openFaulty>>

/** Runs a case for every fault, all at once, each in a chat of its own; names the fault that failed. */
export async function forEachFault(firstChat: number, run: (fault: Fault, chat: number) => Promise<void>) {
  await Promise.all(
    FAULTS.map((fault, index) =>
      run(fault, firstChat + index).catch((cause: unknown) => {
        throw new Error(`${fault}: ${String(cause)}`, { cause })
      }),
    ),
  )
}
