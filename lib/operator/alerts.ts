/** Alerts to the administrators: one message per cause and hour over all instances. */
import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../redis.ts'
import { COMMON_LUA, defineScript, tagOf } from '../script.ts'
import type { TelegramCall } from '../telegram.ts'

const QUIET_MS = 3600_000
/** How long a bot must be unhealthy before an alert, in ms: most heal within one or two health checks. */
export const STAYS_MS = 60_000

/**
 * KEYS  1 HASH alerts: cause -> time of the last alert, ms, and id of its call
 * ARGV  1 now ms or '' · 2 cause · 3 quiet ms · 4 this call's id
 * Returns [tell|told]
 *         told: another call has sent an alert of this cause within the quiet time
 * Again   the same answer
 */
const CLAIM_ALERT = defineScript(
  'claim-alert',
  `${COMMON_LUA}
local now = clock(ARGV[1])
local at, by = string.match(redis.call('HGET', KEYS[1], ARGV[2]) or '', '^(%d+) ?(%S*)$')
if by == ARGV[4] then return {'tell'} end
if math.abs(now - num(at)) < tonumber(ARGV[3]) then return {'told'} end
evenWhenFull(1)
redis.call('HSET', KEYS[1], ARGV[2], ms(now) .. ' ' .. ARGV[4])
return {'tell'}
`,
)

/**
 * KEYS  1 HASH alerts
 * ARGV  1 now ms or '' · 2 'now' where the bot is unhealthy, '' where it is healthy
 * Returns [noted]
 *         The first time of an unhealthy period stays until the bot is healthy.
 * Again   the same
 */
const NOTE_UNHEALTHY = defineScript(
  'note-unhealthy',
  `${COMMON_LUA}
evenWhenFull(1)
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], 'unhealthy_since')
else redis.call('HSETNX', KEYS[1], 'unhealthy_since', ms(clock(ARGV[1]))) end
return {'noted'}
`,
)

/**
 * KEYS  1 HASH alerts
 * ARGV  1 cause
 * Returns [forgotten]
 * Again   the same
 */
const FORGET_ALERT = defineScript(
  'forget-alert',
  `
redis.call('HDEL', KEYS[1], ARGV[1])
return {'forgotten'}
`,
)

export interface AlertDeps {
  store: Store
  config: Pick<Config, 'adminTelegramIds'>
  call: TelegramCall
  log: Logger
}

/**
 * Sends a message to every administrator, unless one of the same cause was sent within the hour. A failed message is
 * logged; where all failed, the next alert of the cause is sent again.
 * @param cause a short name from a small set: the store keeps each
 * @param text what happened and what to do, without any user's text
 * @throws StoreError
 */
export async function alertAdmins(deps: AlertDeps, cause: string, text: string): Promise<void> {
  const { store, config, call, log } = deps
  if (config.adminTelegramIds.size === 0) return
  const args = [store.now(), cause, String(QUIET_MS), randomUUID()]
  const reply = await store.run(CLAIM_ALERT, [store.keys.alerts], args)
  if (tagOf(reply, ['tell', 'told']) === 'told') return
  log.info('administrators alerted', { cause })
  let reached = 0
  for (const id of config.adminTelegramIds) {
    try {
      await call('sendMessage', { chat_id: Number(id), text }, { timeoutMs: 10_000 })
      reached++
    } catch (error) {
      log.warn('an administrator could not be alerted', { error })
    }
  }
  if (reached === 0) await store.run(FORGET_ALERT, [store.keys.alerts], [cause])
}

/** Notes since when the bot is unhealthy, or that it is healthy. @throws StoreError */
export async function noteUnhealthy(store: Store, unhealthy: boolean): Promise<void> {
  await store.run(NOTE_UNHEALTHY, [store.keys.alerts], [store.now(), unhealthy ? 'now' : ''])
}
