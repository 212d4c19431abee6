/**
 * Recovery: a worker is killed after the 200, before its call reached Telegram; another process starts at once; the
 * chat stays silent. How long until it is answered? /health is polled each second, as an uptime monitor would.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Contestant } from '../contestants.ts'
import { deliver, newChats, newTag, ping } from '../delivery.ts'
import { askHealth } from './kills.ts'

export const LEASE_SECONDS = 5
/** Evergram sweeps at most once in so long over all instances. */
export const SWEEP_SECONDS = 10
const GIVE_UP_MS = 20_000

/** Seconds until the chat was answered; null where it never was. */
export async function measureRecovery(contestant: Contestant, keyPrefix: string): Promise<number | null> {
  const { bot, name } = contestant
  const settings = { LEASE_SECONDS: String(LEASE_SECONDS), KEY_PREFIX: keyPrefix }
  const first = await contestant.start(settings)
  const target = { url: first.url, secret: bot.secret }
  const [warmChat = 0, chatId = 0] = newChats(2)
  const warmTag = newTag()
  await deliver(target, ping(warmChat, warmTag), 1)
  await bot.replied(warmTag)
  await pause(100)

  const tag = newTag()
  const delivered = deliver(target, ping(chatId, tag), 1)
  await bot.sending(tag)
  await first.kill()
  const killedAt = performance.now()
  const repliesBefore = bot.replies.length
  const second = await contestant.start({ ...settings, PORT: String(first.port) })
  try {
    while (performance.now() - killedAt < GIVE_UP_MS) {
      // The killed worker's call may have been on its way already: only an answer of the next one counts.
      const answer = bot.replies
        .slice(repliesBefore)
        .find((reply) => reply.tag === tag && reply.at > killedAt + 60)
      if (answer) return (answer.at - killedAt) / 1000
      if (name === 'serve') await askHealth(second.url)
      await pause(name === 'serve' ? 1000 : 50)
    }
    return null
  } finally {
    await delivered
    await second.kill()
  }
}
