/**
 * What the store keeps: bytes an update while it is pending, and bytes for remembering that it was there. Updates
 * go through the real accept, take and settle; only the way to Redis is RESP instead of REST, which is faster.
 */
import { startEngine } from '../../../lib/dev/store/engine.ts'
import { createRespClient, RespError, type RespClient } from '../../../lib/dev/store/resp.ts'
import { accept } from '../../../lib/inbox/accept.ts'
import { settle } from '../../../lib/inbox/settle.ts'
import { take } from '../../../lib/inbox/take.ts'
import { readUpdate } from '../../../lib/inbox/update.ts'
import { keysUnder, type Store } from '../../../lib/redis.ts'
import { newChats, newTag, ping } from '../delivery.ts'
import { usedMemory } from '../stage.ts'

export interface Memory {
  /** Mean size of the updates' JSON text. */
  payloadBytes: number
  /** An update that waits, with everything that is kept for it. */
  pendingBytes: number
  /** An update that is settled: what is left of it and, in parts, of its chat and its sender. */
  rememberedBytes: number
  updates: number
  perChat: number
}

const PER_CHAT = 10

export async function measureMemory(updates: number): Promise<Memory> {
  const engine = await startEngine({ kind: 'native' })
  const client = createRespClient({ port: engine.port })
  try {
    const store = directStore('bench', client)
    // Scripts and buffers are there before the first look.
    await fill(store, newChats(10), PER_CHAT, 5000)
    await client.command('FLUSHALL')
    const empty = await usedMemory(client)
    const chats = newChats(updates / PER_CHAT)
    const payloadBytes = await fill(store, chats, PER_CHAT, 5000)
    const full = await usedMemory(client)
    // A minute later nobody's leases have run out.
    const later = directStore('bench', client, () => String(Date.now() + 60_000))
    await inParallel(chats, 50, (chatId) => settleAll(later, String(chatId)))
    const settled = await usedMemory(client)
    const each = (bytes: number) => Math.round((bytes - empty) / updates)
    return {
      payloadBytes,
      pendingBytes: each(full),
      rememberedBytes: each(settled),
      updates,
      perChat: PER_CHAT,
    }
  } finally {
    client.close()
    await engine.close()
  }
}

/** The store of the real functions over RESP. @param now the scripts' time; Redis's own by default */
export function directStore(prefix: string, client: RespClient, now: () => string = () => ''): Store {
  return {
    keys: keysUnder(prefix),
    now,
    async run(script, keys, args) {
      const reply = await client.command('EVAL', script.text, String(keys.length), ...keys, ...args)
      if (!Array.isArray(reply))
        throw new Error(reply instanceof RespError ? reply.message : 'no list of words')
      return reply.map(String)
    },
  }
}

/**
 * Puts `perChat` updates into each mailbox through the real accept, under leases that their owners, who do not
 * exist, never use: so they stay, without any breaker, and acceptance goes its usual way past them.
 * @returns the mean size of their JSON text
 */
export async function fill(
  store: Store,
  chats: readonly number[],
  perChat: number,
  leaseMs: number,
): Promise<number> {
  let bytes = 0
  for (let turn = 0; turn < perChat; turn++) {
    await inParallel(chats, 100, async (chatId) => {
      const payload = ping(chatId, newTag())
      bytes += Buffer.byteLength(payload)
      const update = readUpdate(payload, '0')
      if (!update.ok) throw new Error(update.reason)
      const settings = {
        owner: `nobody.${update.updateId}`,
        leaseMs,
        rateLimit: { requests: 10, windowMs: 60_000 },
        sweepIntervalMs: 10_000,
      }
      const { word } = await accept(store, update, payload, settings)
      if (word !== 'accepted') throw new Error(word)
    })
  }
  return Math.round(bytes / (chats.length * perChat))
}

async function settleAll(store: Store, chatKey: string): Promise<void> {
  const leaseMs = 60_000
  const taken = await take(store, chatKey, { owner: 'bench.1', leaseMs })
  if (taken.word !== 'leased') throw new Error(taken.word)
  for (let lease = taken.lease; ;) {
    const settled = await settle(store, lease, { leaseMs, takeNext: true, errors: 0 })
    if (settled.word === 'lost') throw new Error('lost')
    if (settled.next === null) return
    lease = settled.next
  }
}

/** Runs `work` over all items, `lanes` at a time. */
async function inParallel<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < items.length) await work(items[next++] as T)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
