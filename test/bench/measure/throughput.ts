/**
 * Updates a second until all replies are out, and how many of them came in their chat's order. Delivered as Telegram
 * does: one update of a chat at a time, 40 connections at most.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { RespClient } from '../../../lib/dev/store/resp.ts'
import type { Contestant, Name } from '../contestants.ts'
import { deliver, newChats, newTag, ping } from '../delivery.ts'
import { median, rotated } from '../numbers.ts'
import type { Running } from '../processes.ts'
import { usedMemory } from '../stage.ts'
import type { Reply } from '../telegram.ts'

/** Telegram's max_connections where nobody sets it. */
const CONNECTIONS = 40
const PER_CHAT = 10
const GIVE_UP_MS = 60_000

export interface Throughput {
  updates: number
  perSecond: number
  /** Share of the replies that came after all earlier ones of their chat. */
  inOrder: number
  unanswered: number
}

export async function measureThroughput(
  who: readonly { contestant: Contestant; running: Running }[],
  redis: RespClient,
  plan: { rounds: number; updates: number },
): Promise<{
  throughput: Partial<Record<Name, Throughput>>
  /** What the store kept of an update when all were done, by its used memory. */
  keptBytes: Partial<Record<Name, number>>
}> {
  const runs = new Map(
    who.map(({ contestant }) => [contestant.name, [] as (Throughput & { kept: number })[]]),
  )
  for (let round = 0; round < plan.rounds; round++) {
    for (const { contestant, running } of rotated(who, round)) {
      const before = await usedMemory(redis)
      const run = await deliverAll(contestant, running, plan.updates)
      const kept = ((await usedMemory(redis)) - before) / plan.updates
      runs.get(contestant.name)?.push({ ...run, kept })
    }
  }
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const entries = [...runs].map(([name, list]) => {
    const throughput: Throughput = {
      updates: sum(list.map((run) => run.updates)),
      perSecond: median(list.map((run) => run.perSecond)),
      inOrder: sum(list.map((run) => run.inOrder)) / list.length,
      unanswered: sum(list.map((run) => run.unanswered)),
    }
    return { name, throughput, kept: Math.round(median(list.map((run) => run.kept))) }
  })
  return {
    throughput: Object.fromEntries(entries.map(({ name, throughput }) => [name, throughput])),
    keptBytes: Object.fromEntries(entries.map(({ name, kept }) => [name, kept])),
  }
}

async function deliverAll({ bot }: Contestant, { url }: Running, updates: number): Promise<Throughput> {
  const chats = newChats(updates / PER_CHAT).map((chatId) => ({
    chatId,
    tags: Array.from({ length: PER_CHAT }, newTag),
  }))
  const target = { url, secret: bot.secret }
  const first = bot.replies.length
  const started = performance.now()
  // A chat gives its connection back after each update, so that all chats move along together.
  const queue = chats.map((chat) => ({ ...chat, next: 0 }))
  const connection = async () => {
    for (let chat = queue.shift(); chat; chat = queue.shift()) {
      await deliver(target, ping(chat.chatId, chat.tags[chat.next] ?? ''), 1)
      chat.next++
      if (chat.next < chat.tags.length) queue.push(chat)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  const limit = new AbortController()
  await Promise.race([
    Promise.all(chats.flatMap(({ tags }) => tags.map((tag) => bot.replied(tag)))),
    pause(GIVE_UP_MS, undefined, { signal: limit.signal }).catch(() => {}),
  ])
  limit.abort()
  const own = new Set(chats.flatMap(({ tags }) => tags))
  const replies = bot.replies.slice(first).filter(({ tag }) => own.has(tag))
  const lastAt = replies.at(-1)?.at ?? started
  const answered = new Set(replies.map(({ tag }) => tag)).size
  return {
    updates,
    perSecond: (answered * 1000) / (lastAt - started),
    inOrder: shareInOrder(chats, replies),
    unanswered: updates - answered,
  }
}

/** Share of first replies that came after those of all earlier updates of their chat. */
export function shareInOrder(
  chats: readonly { chatId: number; tags: readonly string[] }[],
  replies: readonly Reply[],
): number {
  const place = new Map(chats.flatMap(({ tags }) => tags.map((tag, index) => [tag, index] as const)))
  const latest = new Map<number, number>()
  const seen = new Set<string>()
  let inOrder = 0
  for (const { chatId, tag } of replies) {
    const index = place.get(tag)
    if (index === undefined || seen.has(tag)) continue
    seen.add(tag)
    if (index > (latest.get(chatId) ?? -1)) {
      inOrder++
      latest.set(chatId, index)
    }
  }
  return seen.size === 0 ? 1 : inOrder / seen.size
}
