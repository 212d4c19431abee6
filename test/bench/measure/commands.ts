/** What an update costs the store, told by MONITOR: commands sent, and those inside of scripts. */
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Contestant } from '../contestants.ts'
import { mustPost, newChats, newTag, ping } from '../delivery.ts'
import { median } from '../numbers.ts'
import type { Running } from '../processes.ts'

export interface Cost {
  /** Commands that the server sent, each a round trip, before the 200 and after it. Medians of an update. */
  tripsBefore: number
  tripsAfter: number
  /** Commands with those inside of scripts. */
  commands: number
  /** The commands of one update of the median cost, in order. */
  example: string[]
}

interface Line {
  /** Milliseconds since 1970. */
  at: number
  isInner: boolean
  command: string
}

export async function measureCost(
  { bot }: Contestant,
  { url }: Running,
  redisPort: number,
  updates: number,
): Promise<Cost> {
  const monitor = await openMonitor(redisPort)
  const target = { url, secret: bot.secret }
  const costs: { before: number; after: number; lines: Line[] }[] = []
  try {
    for (let index = 0; index < updates; index++) {
      const [chatId = 0] = newChats(1)
      const tag = newTag()
      const first = monitor.lines.length
      await mustPost(target, ping(chatId, tag))
      const ackedAt = performance.timeOrigin + performance.now()
      await bot.replied(tag)
      await pause(40)
      const lines = monitor.lines.slice(first)
      const outer = lines.filter(({ isInner }) => !isInner)
      const before = outer.filter(({ at }) => at <= ackedAt).length
      costs.push({ before, after: outer.length - before, lines })
    }
  } finally {
    monitor.close()
  }
  const commands = median(costs.map(({ lines }) => lines.length))
  const example = costs.find(({ lines }) => lines.length === commands)?.lines ?? []
  return {
    tripsBefore: median(costs.map(({ before }) => before)),
    tripsAfter: median(costs.map(({ after }) => after)),
    commands,
    example: example.map(({ isInner, command }) => (isInner ? `(${command})` : command)),
  }
}

async function openMonitor(port: number): Promise<{ lines: Line[]; close(): void }> {
  const lines: Line[] = []
  const socket = connect({ host: '127.0.0.1', port })
  let rest = ''
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString('latin1')).split('\r\n')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        if (part === '+OK') resolve()
        // +1790000000.123456 [0 127.0.0.1:40000] "EVAL" "…", or [0 lua] "HMGET" "…" inside of a script
        const match = /^\+(\d+\.\d+) \[\d+ (\S+)\] "([^"]*)"/.exec(part)
        if (!match) continue
        const [, seconds = '', source = '', command = ''] = match
        lines.push({ at: Number(seconds) * 1000, isInner: source === 'lua', command: command.toUpperCase() })
      }
    })
    socket.write('MONITOR\r\n')
  })
  return { lines, close: () => socket.destroy() }
}
