/**
 * Injects every fault into every store call of a request. The list of calls is not written by hand: the request runs
 * once without faults, and its calls are the list.
 */
import { expect } from 'vitest'
import { FAULTS, type Fault } from './fault-front.ts'
import type { FaultyWorld, Position } from './faulty-world.ts'
import { hasWord, nameOf } from './store-calls.ts'
import { until } from './until.ts'

/** A request that can be repeated, each time with its own number, with the checks of its effects. */
export interface Scenario {
  name: string
  /** The script that the scenario is for; the test checks that the recorded calls include it. */
  of: string
  /** Prepares the data of the request. */
  prepare?(world: FaultyWorld, number: number): Promise<unknown>
  /** Sends the request. @throws where its answer or its effects differ from those without a fault */
  run(world: FaultyWorld, number: number, fault: Fault | null): Promise<void>
}

/** Base of chat and update ids; longer than any other numeric argument. */
let nextNumber = 7_300_001

/** Calls that a timer repeats: how often depends on the machine, so only the first of them is hit. */
const REPEATED = ['renew', 'keep-heal']

/** Sends the request without faults. @returns all its calls, also those after its answer */
async function record(scenario: Scenario, world: FaultyWorld): Promise<Position[]> {
  const number = nextNumber++
  await scenario.prepare?.(world, number)
  await world.quiet()
  const first = world.front.bodies.length
  await scenario.run(world, number, null)
  await world.quiet()
  const counts = new Map<string, number>()
  const positions = world.front.bodies.slice(first).map((body) => {
    const isOfWord = hasWord(body, String(number))
    const kind = nameOf(body)
    const nth = (counts.get(kind) ?? 0) + 1
    counts.set(kind, nth)
    return { kind, nth, isOfWord, name: nth === 1 ? kind : `${kind} ${nth}` }
  })
  expect(positions.map(({ name }) => name)).toContain(scenario.of)
  return positions.filter(({ kind, nth }) => nth === 1 || !REPEATED.includes(kind))
}

/** Attempts of a case whose call does not come: work of the case before may have made that call already. */
const TRIES = 3
/** Maximum time from the request to its last call, in milliseconds. */
const HIT_MS = 5000

/** Runs the scenario with a fault in one call; the error names call and fault. */
async function hit(one: Case, world: FaultyWorld): Promise<void> {
  for (let tries = 1; !(await isHit(one, world)); tries++) {
    const { scenario, position, fault } = one
    if (tries < TRIES) continue
    const told = `${scenario.name}, ${position.name}, ${fault}: the call was never made`
    if (position.nth === 1) throw new Error(told)
    // Whether a script is called again depends on the time that passes. Its first call is always hit.
    console.info(told)
    return
  }
}

/** @returns false where the scenario passed, but the call did not come */
async function isHit({ scenario, position, fault }: Case, world: FaultyWorld): Promise<boolean> {
  const number = nextNumber++
  let first = world.front.bodies.length
  try {
    await scenario.prepare?.(world, number)
    first = world.front.bodies.length
    const plan = world.hit(position, fault, String(number))
    await scenario.run(world, number, fault)
    await until('the fault', () => plan.hitMs > 0, HIT_MS).catch(() => {})
    return world.isOver(plan)
  } catch (cause) {
    const made = world.front.bodies.slice(first).map(nameOf).slice(0, 40)
    throw new Error(
      `${scenario.name}, ${position.name}, ${fault}: ${String(cause)}; calls: ${made.join(', ')}`,
      { cause },
    )
  }
}

interface Case {
  scenario: Scenario
  position: Position
  fault: Fault
}

/** All calls of the scenario, without those of `besides`, with all faults. */
async function casesOf(scenario: Scenario, world: FaultyWorld, besides?: Scenario): Promise<Case[]> {
  const others = besides ? (await record(besides, world)).map(({ kind }) => kind) : []
  const positions = (await record(scenario, world)).filter(({ kind }) => !others.includes(kind))
  console.info(`${scenario.name}: a fault at each of ${positions.map(({ name }) => name).join(', ')}`)
  return positions.flatMap((position) => FAULTS.map((fault) => ({ scenario, position, fault })))
}

/** Each lane takes the cases of the list one by one until it is empty. */
async function inLanes<Lane, One>(
  lanes: readonly Lane[],
  list: readonly One[],
  run: (one: One, lane: Lane) => Promise<void>,
) {
  const left = list.values()
  const work = lanes.map(async (lane) => {
    for (const one of left) await run(one, lane)
  })
  await Promise.all(work)
}

/** @param each how many faults a call meets; where not all, the next call meets those that follow */
function choose(cases: readonly Case[], each: number = FAULTS.length): Case[] {
  const chosen = cases.filter((_, index) => {
    const call = Math.floor(index / FAULTS.length)
    return (index - call * each) % FAULTS.length < each
  })
  console.info(`${chosen.length} of ${cases.length} faults`)
  return chosen
}

/**
 * Many cases at the same time in one world: for requests that are independent.
 * @param each how many faults a call meets; see choose
 */
export async function allAtOnce(
  world: FaultyWorld,
  scenarios: readonly Scenario[],
  lanes: number,
  each?: number,
) {
  const cases: Case[] = []
  for (const scenario of scenarios) cases.push(...(await casesOf(scenario, world)))
  await inLanes(Array.from({ length: lanes }), choose(cases, each), (one) => hit(one, world))
}

/**
 * Each case alone in a world: for requests that concern the whole bot.
 * @param each how many faults a call meets; see choose
 */
export async function oneByOne(
  worlds: readonly FaultyWorld[],
  scenarios: readonly (readonly [scenario: Scenario, besides?: Scenario])[],
  each?: number,
) {
  const cases: Case[] = []
  await inLanes(worlds, scenarios, async ([scenario, besides], world) => {
    cases.push(...(await casesOf(scenario, world, besides)))
  })
  await inLanes(worlds, choose(cases, each), async (one, world) => {
    await hit(one, world)
    // Wait: calls after the answer would count as those of the next request.
    await world.quiet()
  })
}
