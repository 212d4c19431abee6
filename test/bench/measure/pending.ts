/** The ack with very many updates pending against the ack with none: two servers of one Redis, in turn. */
import type { Contestant } from '../contestants.ts'
import { mustPost, newChats, newTag, ping } from '../delivery.ts'
import { quantile } from '../numbers.ts'
import type { Redis } from '../stage.ts'
import { directStore, fill } from './memory.ts'

const PER_CHAT = 10
/** Long enough to outlive the measurement. */
const LEASE_SECONDS = 300

export interface Pending {
  updates: number
  mailboxes: number
  empty: { p50: number; p99: number }
  full: { p50: number; p99: number }
}

export async function measurePending(
  contestant: Contestant,
  redis: Redis,
  plan: { updates: number; samples: number },
): Promise<Pending> {
  const mailboxes = plan.updates / PER_CHAT
  const env = { LEASE_SECONDS: String(LEASE_SECONDS), UPSTASH_REDIS_REST_URL: redis.frontUrl }
  await fill(directStore('bench-full', redis.client), newChats(mailboxes), PER_CHAT, LEASE_SECONDS * 1000)
  const empty = await contestant.start({ ...env, KEY_PREFIX: 'bench-empty' })
  const full = await contestant.start({ ...env, KEY_PREFIX: 'bench-full' })
  const { bot } = contestant
  const times = { empty: [] as number[], full: [] as number[] }
  try {
    const sides = [
      { url: empty.url, times: times.empty },
      { url: full.url, times: times.full },
    ]
    const warmUp = Math.max(10, Math.round(plan.samples / 10))
    for (let round = 0; round < warmUp + plan.samples; round++) {
      for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
        const [chatId = 0] = newChats(1)
        const tag = newTag()
        const { ms } = await mustPost({ url: side.url, secret: bot.secret }, ping(chatId, tag))
        if (round >= warmUp) side.times.push(ms)
        await bot.replied(tag)
      }
    }
  } finally {
    await empty.kill()
    await full.kill()
  }
  const quantiles = (values: readonly number[]) => ({
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
  })
  return { updates: plan.updates, mailboxes, empty: quantiles(times.empty), full: quantiles(times.full) }
}
