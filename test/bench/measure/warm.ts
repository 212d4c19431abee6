/**
 * Warm ack: the time from sending an update to its 200, one at a time and 32 at once, everybody in turn within each
 * round, each with a chat of its own. The next sample waits until the answer has reached its chat and the work
 * behind it is over, so what is measured is an ack and not a queue. The floor is one bare EVAL of this process.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { performance } from 'node:perf_hooks'
import { Redis } from '@upstash/redis'
import type { Contestant } from '../contestants.ts'
import { mustPost, newChats, newTag, ping, type Posted } from '../delivery.ts'
import { quantile, rotated } from '../numbers.ts'
import { STORE_TOKEN } from '../stage.ts'
import type { Running } from '../processes.ts'

export const AT_ONCE = 32
/** Settling comes after the reply, and so does whatever else a server does behind it. */
const REST_MS = 8

export interface Quantiles {
  p50: number
  p99: number
  count: number
}

export interface Warm {
  one: Quantiles
  many: Quantiles
  /** The handler's own time, where the server tells it. */
  inside: Quantiles | null
}

interface Runner {
  name: string
  /** A slow one, whose ack waits for Telegram: asked in every fourth round only. */
  isSlow: boolean
  run: (count: number) => Promise<Posted[]>
}

export async function measureWarm(
  who: readonly { contestant: Contestant; running: Running }[],
  frontUrl: string,
  plan: { rounds: number; bursts: number },
): Promise<Record<string, Warm>> {
  const runners = [floor(frontUrl), ...who.map(({ contestant, running }) => runner(contestant, running))]
  const one = new Map(runners.map(({ name }) => [name, [] as Posted[]]))
  const many = new Map(runners.map(({ name }) => [name, [] as Posted[]]))
  const warmUpRounds = Math.max(6, Math.round(plan.rounds / 10))
  for (let round = 0; round < warmUpRounds + plan.rounds; round++) {
    const isWarm = round >= warmUpRounds
    for (const { name, isSlow, run } of rotated(runners, round)) {
      if (isSlow && round % 4 !== 0) continue
      const posted = await run(1)
      if (isWarm) one.get(name)?.push(...posted)
    }
  }
  for (let round = 0; round < 2 + plan.bursts; round++) {
    for (const { name, run } of rotated(runners, round)) {
      const posted = await run(AT_ONCE)
      if (round >= 2) many.get(name)?.push(...posted)
    }
  }
  return Object.fromEntries(
    runners.map(({ name }) => {
      const singles = one.get(name) ?? []
      const inside = singles.map((posted) => posted.insideMs).filter(Number.isFinite)
      const ms = (posted: readonly Posted[]) => posted.map((p) => p.ms)
      return [
        name,
        {
          one: quantiles(ms(singles)),
          many: quantiles(ms(many.get(name) ?? [])),
          inside: inside.length > 0 ? quantiles(inside) : null,
        },
      ]
    }),
  )
}

/** One bare EVAL through the client that Evergram uses, with the settings that Evergram gives it. */
function floor(frontUrl: string): Runner {
  const redis = new Redis({
    url: frontUrl,
    token: STORE_TOKEN,
    automaticDeserialization: false,
    enableTelemetry: false,
    readYourWrites: false,
    enableAutoPipelining: false,
    retry: { retries: 0 },
  })
  const sample = async (): Promise<Posted> => {
    const started = performance.now()
    await redis.eval('return 1', [], [])
    return { status: 200, ms: performance.now() - started, insideMs: Number.NaN, retryAfterSeconds: null }
  }
  return {
    name: 'floor',
    isSlow: false,
    async run(count) {
      const posted = await Promise.all(Array.from({ length: count }, sample))
      await pause(REST_MS)
      return posted
    },
  }
}

function runner({ name, bot }: Contestant, { url }: Running): Runner {
  const target = { url, secret: bot.secret }
  return {
    name,
    isSlow: ['telegraf', 'grammy', 'chat'].includes(name),
    async run(count) {
      const updates = newChats(count).map((chatId) => {
        const tag = newTag()
        return { tag, body: ping(chatId, tag) }
      })
      const posted = await Promise.all(updates.map(({ body }) => mustPost(target, body)))
      if (name !== 'bare') await Promise.all(updates.map(({ tag }) => bot.replied(tag)))
      await pause(REST_MS * (count === 1 ? 1 : 4))
      return posted
    },
  }
}

const quantiles = (values: readonly number[]): Quantiles => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  count: values.length,
})
