/** The dead letters for operators: page by page, without payloads, and grouped by cause. */
import { createHash } from 'node:crypto'
import type { Store } from '../redis.ts'
import { defineScript, tagOf } from '../script.ts'
import { readEnvelope } from './envelope.ts'

/**
 * Bytes of letters in a page. The answer holds them as JSON inside JSON, at worst twice as long, and the platform
 * limits an answer to 4.5 MB.
 */
const PAGE_BYTES = 2_000_000

/** Bytes of letters that one script reads for their heads. It blocks the store for a few milliseconds meanwhile. */
const HEADS_BYTES = 5_000_000

export interface DeadLetter {
  updateId: string
  chatKey: string
  /** Milliseconds since 1970. */
  diedAtMs: number
  attempts: number
  /** JSON text written by the worker that gave up: name, code, message. */
  cause: string
  /** Equal for letters with the same error name, code and message apart from numbers. */
  fingerprint: string
  acceptedAtMs: number | null
  userId: string | null
  replays: number
  bytes: number
  /** The update's text. */
  payload: string
}

/** A letter without its payload. */
export type DeadLetterHead = Omit<DeadLetter, 'payload'>

/**
 * KEYS  1 HASH dead · 2 ZSET dead:at
 * ARGV  1 offset · 2 count · 3 bytes of letters to read at most; one letter comes in any case · 4 whole|heads
 *       5 the only update id to list, or ''
 * Returns [listed, total, dropped, bytes, (id, bytes, letter or its part before the payload)…], newest first
 *         The script reads 20 letters with one command: one command each is billed each, and one command for all
 *         returns many megabytes.
 */
const LIST = defineScript(
  'list-dead-letters',
  `
local ids = {ARGV[5]}
if ARGV[5] == '' then
  ids = redis.call('ZREVRANGE', KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2]) - 1)
elseif not redis.call('ZSCORE', KEYS[2], ARGV[5]) then
  ids = {}
end
local counts = redis.call('HMGET', KEYS[1], '#dropped', '#bytes')
local reply = {'listed', redis.call('ZCARD', KEYS[2]), counts[1] or '0', counts[2] or '0'}
local function headOf(letter)
  return string.match(letter, '^[^\\n]*\\n[^\\n]*\\n1 %S+ %d+ %S+ %S+ %S+ %d+\\n')
    or string.match(letter, '^[^\\n]*\\n[^\\n]*\\n') or ''
end
local read = 0
for first = 1, #ids, 20 do
  local letters = redis.call('HMGET', KEYS[1], unpack(ids, first, math.min(first + 19, #ids)))
  for i, letter in ipairs(letters) do
    letter = letter or ''
    read = read + #letter
    if #reply > 4 and read > tonumber(ARGV[3]) then return reply end
    reply[#reply + 1] = ids[first + i - 1]
    reply[#reply + 1] = #letter
    reply[#reply + 1] = ARGV[4] == 'heads' and headOf(letter) or letter
  end
end
return reply
`,
)

interface Page {
  total: number
  dropped: number
  bytes: number
  letters: DeadLetter[]
}

async function read(store: Store, args: readonly string[]): Promise<Page> {
  const reply = await store.run(LIST, [store.keys.dead, store.keys.deadAt], args)
  tagOf(reply, ['listed'])
  const letters: DeadLetter[] = []
  for (let i = 4; i + 2 < reply.length; i += 3) {
    const [updateId = '', bytes, text = ''] = reply.slice(i, i + 3)
    letters.push(readLetter(updateId, Number(bytes), text))
  }
  return { total: Number(reply[1]), dropped: Number(reply[2]), bytes: Number(reply[3]), letters }
}

/**
 * A page of letters, newest first. It holds fewer than `count` where letters are long, and at least one where there
 * is one; the next page begins after the letters of this one.
 * @throws StoreError
 */
export function listDeadLetters(store: Store, page: { offset: number; count: number }): Promise<Page> {
  return read(store, [String(page.offset), String(page.count), String(PAGE_BYTES), 'whole', ''])
}

/** The heads of all letters, newest first, or of the one with this update id. @throws StoreError */
export async function listHeads(store: Store, updateId = ''): Promise<DeadLetterHead[]> {
  const heads: DeadLetterHead[] = []
  for (;;) {
    const page = await read(store, [String(heads.length), '1000', String(HEADS_BYTES), 'heads', updateId])
    heads.push(...page.letters)
    if (updateId !== '' || page.letters.length === 0 || heads.length >= page.total) return heads
  }
}

function fingerprintOf(cause: string): string {
  return createHash('sha256').update(cause.replaceAll(/\d+/g, '#')).digest('hex').slice(0, 12)
}

/** Dead letters of one cause. */
export interface DeadLetterGroup {
  fingerprint: string
  count: number
  /** Of the newest letter, as JSON text. */
  cause: string
  newestAtMs: number
}

/**
 * All dead letters by their cause, the group of the newest letter first. One script for all would block the store
 * for 80 ms at 20 MB of letters; listing the heads blocks it for 8 ms a call.
 * @throws StoreError
 */
export async function groupDeadLetters(store: Store): Promise<DeadLetterGroup[]> {
  const groups = new Map<string, DeadLetterGroup>()
  for (const { fingerprint, cause, diedAtMs } of await listHeads(store)) {
    // An unreadable letter has no cause.
    if (diedAtMs === 0) continue
    const group = groups.get(fingerprint)
    if (group) group.count++
    else groups.set(fingerprint, { fingerprint, count: 1, cause, newestAtMs: diedAtMs })
  }
  return [...groups.values()]
}

function readLetter(updateId: string, bytes: number, text: string): DeadLetter {
  const [, diedAt = '0', chatKey = '', attempts = '0', cause = '{}'] =
    /^(\d+) (\S+) (\d+)\n([^\n]*)\n/.exec(text) ?? []
  const body = text.slice(text.indexOf('\n', text.indexOf('\n') + 1) + 1)
  const envelope = readEnvelope(body)
  return {
    updateId,
    chatKey,
    diedAtMs: Number(diedAt),
    attempts: Number(attempts),
    cause,
    fingerprint: fingerprintOf(cause),
    acceptedAtMs: envelope?.acceptedAtMs ?? null,
    userId: envelope?.userId ?? null,
    replays: envelope?.replays ?? 0,
    bytes,
    payload: envelope?.payload ?? body,
  }
}
