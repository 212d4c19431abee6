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
const CHATS = 6
const EVERY_MS = 300

export interface Killed {
  kills: number
  updates: number
  lost: number
  doubled: number
  inOrder: number
}

/** How many servers of a contestant are killed at the same time, each over keys of its own. */
const LANES = 2

export async function measureKills(contestant: Contestant, kills: number): Promise<Killed> {
  const lanes = await Promise.all(
    Array.from({ length: LANES }, (_, lane) => killOne(contestant, kills / LANES, lane)),
  )
  const sum = (of: (killed: Killed) => number) => lanes.reduce((total, killed) => total + of(killed), 0)
  const updates = sum((killed) => killed.updates)
  return {
    kills: sum((killed) => killed.kills),
    updates,
    lost: sum((killed) => killed.lost),
    doubled: sum((killed) => killed.doubled),
    inOrder: sum((killed) => killed.inOrder * killed.updates) / updates,
  }
}

async function killOne(contestant: Contestant, kills: number, lane: number): Promise<Killed> {
  const { bot } = contestant
  const settings = { LEASE_SECONDS: '5', RATE_LIMIT_REQUESTS: '0', KEY_PREFIX: `bench-kills-${lane}` }
  let running = await contestant.start(settings)
  const { port } = running
  const target = { url: running.url, secret: bot.secret }
  const first = bot.replies.length
  const chats = newChats(CHATS).map((chatId) => ({ chatId, tags: [] as string[] }))
  const state = { isOver: false }
  const load = chats.map(async ({ chatId, tags }, index) => {
    // A steady load, the same for all: what a server's absence held up is not made up for by a burst.
    for (let dueAt = performance.now() + (index * EVERY_MS) / CHATS; !state.isOver;) {
      await pause(Math.max(0, dueAt - performance.now()))
      dueAt = Math.max(dueAt, performance.now() - EVERY_MS) + EVERY_MS
      const tag = newTag()
      tags.push(tag)
      await deliver(target, ping(chatId, tag), SPEED)
    }
  })
  try {
    const random = seeded(100 + lane)
    for (let kill = 0; kill < kills; kill++) {
      // Not before it has answered in every chat again, caught up, and gone on for two messages in each: a kill at the
      // end of a backlog would find every chat at work, which only those have that keep one. Then at any moment of
      // the load's period: each kill finds everybody in the same state.
      const from = chats.map(({ tags }) => tags.length)
      const isBack = () =>
        chats.every(({ tags }, index) => {
          const since = tags.slice(from[index])
          return since.length > 2 && since.slice(0, -2).every((tag) => bot.hasReplied(tag))
        })
      await until(isBack, 20_000)
      await pause(EVERY_MS * (2 + random()))
      await running.kill()
      running = await contestant.start({ ...settings, PORT: String(port) })
    }
    state.isOver = true
    await Promise.all(load)
    await quiet(
      contestant,
      target.url,
      chats.flatMap(({ tags }) => tags),
    )
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
async function quiet({ name, bot }: Contestant, url: string, tags: readonly string[]): Promise<void> {
  const open = () => tags.filter((tag) => !bot.hasReplied(tag)).length
  let last = open()
  let changedAt = performance.now()
  const deadline = performance.now() + 60_000
  while (last > 0 && performance.now() < deadline && performance.now() - changedAt < quietMs(name)) {
    if (name === 'serve') await askHealth(url)
    await pause(500)
    const now = open()
    if (now < last) changedAt = performance.now()
    last = now
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
