/**
 * kill -9 under load, again and again, each time with a restart at once: what of the updates that Telegram holds for
 * delivered was never answered, and what was answered more than once.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Contestant } from '../contestants.ts'
import { deliver, newChats, newTag, ping } from '../delivery.ts'
import { seeded } from '../numbers.ts'
import { shareInOrder } from './throughput.ts'

/** Telegram's pauses between deliveries, this many times shorter, so that 20 kills do not take minutes. */
export const SPEED = 10
const CHATS = 8
const EVERY_MS = 200

export interface Killed {
  kills: number
  updates: number
  lost: number
  doubled: number
  inOrder: number
}

export async function measureKills(contestant: Contestant, kills: number): Promise<Killed> {
  const { bot } = contestant
  const settings = { LEASE_SECONDS: '5', RATE_LIMIT_REQUESTS: '0', KEY_PREFIX: 'bench-kills' }
  let running = await contestant.start(settings)
  const { port } = running
  const target = { url: running.url, secret: bot.secret }
  const first = bot.replies.length
  const chats = newChats(CHATS).map((chatId) => ({ chatId, tags: [] as string[] }))
  const state = { isOver: false }
  const load = chats.map(async ({ chatId, tags }, index) => {
    // A steady load, the same for all: a chat's next update comes when it comes, and waits for the one before.
    const start = performance.now() + (index * EVERY_MS) / CHATS
    for (let turn = 0; !state.isOver; turn++) {
      await pause(Math.max(0, start + turn * EVERY_MS - performance.now()))
      const tag = newTag()
      tags.push(tag)
      await deliver(target, ping(chatId, tag), SPEED)
    }
  })
  try {
    const random = seeded(kills)
    for (let kill = 0; kill < kills; kill++) {
      // Not before it has answered in every chat again and caught up: each kill finds everybody in the same state.
      const from = chats.map(({ tags }) => tags.length)
      const isBack = () =>
        chats.every(({ tags }, index) => {
          const since = tags.slice(from[index])
          return since.length > 2 && since.slice(0, -2).every((tag) => bot.hasReplied(tag))
        })
      await until(isBack, 20_000)
      await pause(50 + 300 * random())
      await running.kill()
      running = await contestant.start({ ...settings, PORT: String(port) })
    }
    state.isOver = true
    await Promise.all(load)
    await quiet(contestant, target.url, () => chats.flatMap(({ tags }) => tags))
  } finally {
    state.isOver = true
    await running.kill()
  }
  const tags = chats.flatMap((chat) => chat.tags)
  const times = new Map(tags.map((tag) => [tag, 0]))
  const replies = bot.replies.slice(first).filter(({ tag }) => times.has(tag))
  for (const { tag } of replies) times.set(tag, (times.get(tag) ?? 0) + 1)
  return {
    kills,
    updates: tags.length,
    lost: tags.filter((tag) => times.get(tag) === 0).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
    inOrder: shareInOrder(chats, replies),
  }
}

/**
 * How long nothing must have been answered before nothing more is expected: longer than Evergram's lease of 5 s and
 * its sweep interval of 10 s together. The peers keep nothing that they could come back to.
 */
const quietMs = (name: string) => (name === 'serve' ? 18_000 : 5000)

/** Waits until all are answered, or nothing more is to be expected. */
async function quiet({ name, bot }: Contestant, url: string, tags: () => string[]): Promise<void> {
  const answered = new Set<string>()
  let counted = 0
  let changedAt = performance.now()
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline && performance.now() - changedAt < quietMs(name)) {
    for (const { tag } of bot.replies.slice(counted)) answered.add(tag)
    if (bot.replies.length > counted) changedAt = performance.now()
    counted = bot.replies.length
    if (tags().every((tag) => answered.has(tag))) break
    if (name === 'serve') await askHealth(url)
    await pause(500)
  }
  // A reply that is still on its way would be missed as a double.
  await pause(200)
}

/** What an uptime monitor does; the recovery clock. */
export async function askHealth(url: string): Promise<void> {
  await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) })
    .then((response) => response.arrayBuffer())
    .catch(() => {})
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!holds() && performance.now() < deadline) await pause(5)
}
