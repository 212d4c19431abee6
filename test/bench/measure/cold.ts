/** Cold ack: from the start of a process to the first 200, and to when it listens; fresh processes in turn. */
import { performance } from 'node:perf_hooks'
import type { Contestant } from '../contestants.ts'
import { mustPost, newChats, newTag, ping } from '../delivery.ts'
import { median, rotated } from '../numbers.ts'

export interface Cold {
  /** Medians, in milliseconds. */
  ackMs: number
  listenMs: number
  all: number[]
}

export async function measureCold(
  who: readonly Contestant[],
  processes: number,
): Promise<Record<string, Cold>> {
  const samples = new Map(who.map(({ name }) => [name, { ack: [] as number[], listen: [] as number[] }]))
  for (let round = 0; round < processes; round++) {
    for (const contestant of rotated(who, round)) {
      // A prefix of its own: what a killed process has not finished would be finished, and counted, by a later one.
      const running = await contestant.start({ KEY_PREFIX: 'bench-cold' })
      const [chatId = 0] = newChats(1)
      await mustPost({ url: running.url, secret: contestant.bot.secret }, ping(chatId, newTag()))
      samples.get(contestant.name)?.ack.push(performance.now() - running.spawnedAt)
      samples.get(contestant.name)?.listen.push(running.startMs)
      await running.kill()
    }
  }
  return Object.fromEntries(
    [...samples].map(([name, { ack, listen }]) => [
      name,
      { ackMs: median(ack), listenMs: median(listen), all: ack.map(Math.round) },
    ]),
  )
}
