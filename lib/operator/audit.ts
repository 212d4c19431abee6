/** The audit log: the last 200 actions of operators, with their results. */
import { randomUUID } from 'node:crypto'
import { ACTED_MS, type Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'

const ENTRIES = 200
/** The latest time that a Date can hold, in milliseconds since 1970. */
const LAST_MS = 8.64e15

export const AUDITED_ACTIONS = [
  'restart',
  'reset_errors',
  'sweep',
  'pause',
  'resume',
  'replay',
  'discard',
  'release',
  'prove',
  'login',
  'logout',
  'login_refused',
  'account_login',
  'account_connected',
  'account_failed',
  'account_ended',
  'account_revoked',
] as const
export type AuditedAction = (typeof AUDITED_ACTIONS)[number]

export interface AuditEntry {
  actor: string
  action: AuditedAction
  /** The object of the action: an update id, a fingerprint, a hashed chat or client; `*` for all. */
  target: string | null
  result: string
}

/**
 * KEYS  1 LIST audit · 2 STRING acted
 * ARGV  1 now ms or '' · 2 action · 3 entry (JSON text) · 4 entries at most · 5 how long the call is remembered, ms
 * Returns [written]
 *         An entry is "<at ms> <count> <action>\\n<JSON>". Refused logins in a row share one entry that counts them:
 *         otherwise an attacker who guesses tokens would push all other entries out of the list.
 * Lifetime  the list is capped; acted expires
 * Again     written once
 */
const APPEND_AUDIT = defineScript(
  'append-audit',
  `${COMMON_LUA}
if redis.call('EXISTS', KEYS[2]) == 1 then return {'written'} end
local at, keep = ms(clock(ARGV[1])), tonumber(ARGV[4])
-- The first write frees memory, so that an entry is written in a full store too.
redis.call('LTRIM', KEYS[1], 0, keep - 1)
local newest = ARGV[2] == 'login_refused' and redis.call('LINDEX', KEYS[1], 0)
local count = newest and string.match(newest, '^%d+ (%d+) login_refused\\n')
local entry = at .. ' ' .. ms(num(count) + 1) .. ' ' .. ARGV[2] .. '\\n' .. ARGV[3]
if count then
  redis.call('LSET', KEYS[1], 0, entry)
else
  redis.call('LPUSH', KEYS[1], entry)
  redis.call('LTRIM', KEYS[1], 0, keep - 1)
end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[5])
return {'written'}
`,
)

/**
 * KEYS  1 LIST audit
 * ARGV  1 entries at most
 * Returns [audit, entry…], newest first
 */
const READ_AUDIT = defineScript(
  'read-audit',
  `
local reply = {'audit'}
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)) do reply[#reply + 1] = entry end
return reply
`,
)

/** Writes an action of an operator to the list, with the store's time. @throws StoreError */
export async function appendAudit(store: Store, { action, ...entry }: AuditEntry): Promise<void> {
  await store.run(
    APPEND_AUDIT,
    [store.keys.audit, store.keys.acted(randomUUID())],
    [store.now(), action, JSON.stringify(entry), String(ENTRIES), String(ACTED_MS)],
    { timeoutMs: 1000, totalMs: 1500 },
  )
}

/** An entry as stored: with the time of its last write and the number of actions that it counts. */
export type NotedEntry = AuditEntry & { atMs: number; count: number }

/** The entries, newest first, without unreadable ones. @throws StoreError */
export async function readAudit(store: Store): Promise<NotedEntry[]> {
  const reply = await store.run(READ_AUDIT, [store.keys.audit], [String(ENTRIES)])
  tagOf(reply, ['audit'])
  return reply.slice(1).flatMap((text) => readEntry(text) ?? [])
}

function readEntry(text: string): NotedEntry | null {
  const [, at, count, action = '', json = ''] = /^(\d+) (\d+) (\w+)\n(.*)$/s.exec(text) ?? []
  const atMs = Number(at)
  if (!(atMs <= LAST_MS)) return null
  const { actor, target, result } = fieldsOf(json)
  if (typeof actor !== 'string' || typeof result !== 'string') return null
  if (typeof target !== 'string' && target !== null) return null
  return { atMs, count: Number(count), action: action as AuditedAction, actor, target, result }
}

function fieldsOf(json: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(json) as object | null) }
  } catch {
    return {}
  }
}
