/** Alerts: the administrators hear of what needs them, once per cause and hour over all instances. */
import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Logger } from '../log.ts'
import { CLOCK, type Store } from '../redis.ts'
import type { TelegramCall } from '../telegram.ts'

const QUIET_MS = 3600_000
/** An unhealthy bot often heals within a check or two; administrators are told when it does not, in ms. */
export const STAYS_MS = 60_000

/**
 * KEYS  1 HASH alerts: cause -> when it was last told, ms, and by which call
 * ARGV  1 now ms or '' · 2 cause · 3 quiet ms · 4 this call's id
 * Returns [tell|told]
 * The same call again, its answer lost: tell.
 */
const CLAIM = `${CLOCK}
local now = clock(ARGV[1])
local at, by = string.match(redis.call('HGET', KEYS[1], ARGV[2]) or '', '^(%d+) ?(%S*)$')
if by == ARGV[4] then return {'tell'} end
if math.abs(now - num(at)) < tonumber(ARGV[3]) then return {'told'} end
evenWhenFull(1)
redis.call('HSET', KEYS[1], ARGV[2], ms(now) .. ' ' .. ARGV[4])
return {'tell'}
`

/**
 * KEYS  1 HASH alerts
 * ARGV  1 now ms or '' · 2 since when the bot is unhealthy: 'now', or '' for not at all
 * Returns [noted]
 */
const NOTE = `${CLOCK}
evenWhenFull(1)
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], 'unhealthy_since')
else redis.call('HSETNX', KEYS[1], 'unhealthy_since', ms(clock(ARGV[1]))) end
return {'noted'}
`

/** KEYS 1 HASH alerts · ARGV 1 cause. Returns [forgotten] */
const FORGET = `
redis.call('HDEL', KEYS[1], ARGV[1])
return {'forgotten'}
`

export interface AlertDeps {
  store: Store
  config: Pick<Config, 'adminTelegramIds'>
  call: TelegramCall
  log: Logger
}

/**
 * Tells every administrator, unless the same cause was told within the hour. Who cannot be reached is logged;
 * where nobody was, the cause is told again at the next occasion.
 * @param cause a short name from a small set: each is remembered
 * @param text what happened and what to do, without any user's text
 * @throws StoreError
 */
export async function alertAdmins(deps: AlertDeps, cause: string, text: string): Promise<void> {
  const { store, config, call, log } = deps
  if (config.adminTelegramIds.size === 0) return
  const args = [store.now(), cause, String(QUIET_MS), randomUUID()]
  const reply = await store.run(CLAIM, [store.keys.alerts], args)
  if (reply[0] !== 'tell') return
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
  if (reached === 0) await store.run(FORGET, [store.keys.alerts], [cause])
}

/** Notes that the bot is unhealthy, or is so no longer. @throws StoreError */
export async function noteUnhealthy(store: Store, unhealthy: boolean): Promise<void> {
  await store.run(NOTE, [store.keys.alerts], [store.now(), unhealthy ? 'now' : ''])
}
