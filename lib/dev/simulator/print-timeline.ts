import { setTimeout as sleep } from 'node:timers/promises'
import type { SimulatorClient } from './client.ts'
import type { Step, Timeline } from './wire.ts'

const POLL_MS = 100
/** How long steps may follow an update's end, such as its log line, in ms. */
const AFTER_MS = 150

const isOver = ({ standing }: Timeline): boolean => ['settled', 'dead', 'unwanted'].includes(standing)

/**
 * Waits for the end of an update and prints its timeline.
 * @returns the exit code: 0 where it was settled or is not wanted by the bot, 1 otherwise
 */
export async function printTimeline(
  client: SimulatorClient,
  updateId: number,
  waitMs: number,
  print: (line: string) => void,
): Promise<number> {
  const until = performance.now() + waitMs
  let { timeline } = await client.update(updateId)
  while (!isOver(timeline) && performance.now() < until) {
    await sleep(POLL_MS)
    ;({ timeline } = await client.update(updateId))
  }
  await sleep(AFTER_MS)
  ;({ timeline } = await client.update(updateId))
  print(`update ${updateId}, ${timeline.kind}: ${timeline.standing}`)
  const [first] = timeline.steps
  for (const step of timeline.steps) print(lineOf(step, first?.at ?? 0))
  if (!isOver(timeline))
    print(`  … not at its end after ${Math.round(waitMs / 1000)} s (--wait-seconds waits longer)`)
  return timeline.standing === 'settled' || timeline.standing === 'unwanted' ? 0 : 1
}

function lineOf({ at, title, ms, fault, invocation, name }: Step, firstAt: number): string {
  const since = `+${(at - firstAt).toFixed(1)} ms`.padStart(14)
  const took = ms === undefined ? '' : ` (${ms.toFixed(1)} ms)`
  const hit = fault === undefined ? '' : `  [fault: ${fault}]`
  const by = invocation === undefined ? '' : `  ${invocation}`
  // A title can hold what a user or the bot wrote: nothing of it may move the cursor.
  return `${since}  ${name === 'log' ? 'log: ' : ''}${title}${took}${hit}${by}`.replaceAll(
    /\p{Cc}/gu,
    '\uFFFD',
  )
}
