/** The audit log: what operators did and what came of it, the last 200 entries. */
import { CLOCK, type Store } from '../redis.ts'

const ENTRIES = 200

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
] as const
export type AuditedAction = (typeof AUDITED_ACTIONS)[number]

export interface AuditEntry {
  actor: string
  action: AuditedAction
  /** What it was done to: an update id, a fingerprint, a hashed chat or client; `*` for all. */
  target: string | null
  result: string
}

/**
 * KEYS  1 LIST audit
 * ARGV  1 now ms or '' · 2 action · 3 entry (JSON text) · 4 entries at most
 * Returns [written]
 * An entry is "<at ms> <count> <action>\\n<JSON>". Refused logins in a row share one entry that counts them, or
 * whoever guesses would push all others out of the list.
 */
const APPEND = `${CLOCK}
local at, keep = ms(clock(ARGV[1])), tonumber(ARGV[4])
-- First what frees memory: operators are noted in a full store too.
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
return {'written'}
`

/** KEYS 1 LIST audit · ARGV 1 entries at most. Returns [audit, entry…], newest first */
const READ = `
local reply = {'audit'}
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)) do reply[#reply + 1] = entry end
return reply
`

/** Notes what an operator did, with the store's time. @throws StoreError */
export async function appendAudit(store: Store, { action, ...entry }: AuditEntry): Promise<void> {
  await store.run(APPEND, [store.keys.audit], [store.now(), action, JSON.stringify(entry), String(ENTRIES)], {
    timeoutMs: 1000,
    totalMs: 1500,
  })
}

/** The entries, newest first. One that nobody can read is left out. @throws StoreError */
export async function readAudit(store: Store): Promise<(AuditEntry & { atMs: number; count: number })[]> {
  const [, ...texts] = await store.run(READ, [store.keys.audit], [String(ENTRIES)])
  return texts.flatMap((text) => {
    const [, at, count, action, json = ''] = /^(\d+) (\d+) (\w+)\n(.*)$/s.exec(text) ?? []
    if (action === undefined) return []
    const entry = { atMs: Number(at), count: Number(count), action: action as AuditedAction }
    try {
      return [{ ...(JSON.parse(json) as Omit<AuditEntry, 'action'>), ...entry }]
    } catch {
      return []
    }
  })
}
