/**
 * I3 from the stored records: reads the records of the chats after every call of an inbox.
 * A fence has one owner and never decreases, and no take ends under a fence older than that of an earlier end.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { keysUnder, shardOf } from '../../lib/redis.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

interface Seen {
  /** Fence -> owner. */
  owners: Map<number, string>
  fence: number
  /** The fence of the last call that ended a take. */
  ended: number
}

export interface Fences {
  /** Violations; empty for none. */
  faults: string[]
  /** Number of fences of a chat. */
  count(chat: number): number
  /** Resolves when the store has applied every call of a server that was killed. */
  quiet(): Promise<void>
}

/** Reads the chats' records after each call that the store has applied, until the world closes. */
export function watchFences(world: World, chats: readonly number[]): Fences {
  const { raw, prefix } = world.store
  const keys = keysUnder(prefix)
  const faults: string[] = []
  const all = new Map<number, Seen>(chats.map((chat) => [chat, { owners: new Map(), fence: 0, ended: 0 }]))
  const reads = chats.map((chat) => ['HGET', keys.shard(shardOf(String(chat))), `m:${chat}`])

  const note = (chat: number, seen: Seen, record: string) => {
    const [fence, owner = '-', , , , , , , done = '-'] = record.split(' ')
    const [, , doer, doneFence] = done.split('/')
    const belongs = (number: number, whose: string | undefined) => {
      if (!whose || whose === '-') return
      const known = seen.owners.get(number) ?? whose
      if (known !== whose) faults.push(`the fence ${number} of ${chat} is ${known}'s and ${whose}'s`)
      seen.owners.set(number, known)
    }
    belongs(Number(fence), owner)
    belongs(Number(doneFence), doer)
    if (Number(fence) < seen.fence)
      faults.push(`the fence of ${chat} goes back to ${fence} from ${seen.fence}`)
    const ended = Number(doneFence ?? 0)
    if (ended < seen.ended || ended > Number(fence)) {
      faults.push(`in ${chat} a take ends under ${ended}, after ${seen.ended}, while the fence is ${fence}`)
    }
    seen.fence = Math.max(seen.fence, Number(fence))
    seen.ended = Math.max(seen.ended, ended)
  }
  let underWay = 0
  world.front.watch(async (moment) => {
    if (moment === 'received') underWay++
    if (moment !== 'applied') return
    underWay--
    const replies = await raw.pipeline(reads)
    chats.forEach((chat, at) => {
      const [record, seen] = [replies[at], all.get(chat)]
      if (seen && Buffer.isBuffer(record)) note(chat, seen, record.toString())
    })
  })
  return {
    faults,
    count: (chat) => all.get(chat)?.owners.size ?? 0,
    async quiet() {
      // Its calls are already in the sockets of this process: a few turns of the event loop read them all.
      for (let turns = 0; turns < 20; turns++) await turn()
      await until('the calls of the dead to be done', () => underWay === 0)
    },
  }
}
