/** Sets the bot's stored times directly, so that a test need not wait. */
import type { World } from './world.ts'

export const OURS = 'https://evergram.example/webhook'
export const THEIRS = 'https://elsewhere.example/hook'

/** Makes the stored view of the webhook a minute old, so that it is refreshed. */
export async function forgetLook({ store }: World): Promise<void> {
  await store.raw.command('HSET', `${store.prefix}:telegram`, 'looked_at', '1', 'checked_at', '1')
}

/** All maintenance was just done, no alert was sent, and the webhook is ours. */
export async function lookedAfter({ store, telegram }: World): Promise<void> {
  const { prefix, raw } = store
  telegram.takeOver(OURS)
  const now = String(Date.now())
  const view = ['looked_at', now, 'checked_at', now, 'ok', '1', 'matches', '1', 'repaired_at', '']
  await raw.pipeline([
    ['HSET', `${prefix}:telegram`, ...view],
    ['DEL', `${prefix}:alerts`],
    ...Array.from({ length: 8 }, (_, shard) => ['HSET', `${prefix}:shard:${shard}`, 'swept_at', now]),
  ])
}

/** The webhook points elsewhere and was repaired today, so the bot stays unhealthy. */
export async function takenOver(world: World): Promise<void> {
  await lookedAfter(world)
  world.telegram.takeOver(THEIRS)
  const { prefix, raw } = world.store
  await raw.command('HSET', `${prefix}:telegram`, 'matches', '0', 'repaired_at', String(Date.now()))
}

/** The bot has been unhealthy long enough for an alert. */
export async function longUnhealthy({ store }: World): Promise<void> {
  await store.raw.command('HSET', `${store.prefix}:alerts`, 'unhealthy_since', '1')
}

/** The last re-initialisation of the bot has failed, and the next probe is due. */
export async function hasFailed({ store }: World): Promise<void> {
  const fields = ['status', 'FAILED', 'breaker', 'telegram', 'breaker_until', '1', 'breaker_tries', '1']
  await store.raw.pipeline(
    Array.from({ length: 8 }, (_, shard) => ['HSET', `${store.prefix}:shard:${shard}`, ...fields]),
  )
}

/** The bot's stored state, read without the server. */
export async function stateOf({ store }: World, field: 'status' | 'epoch'): Promise<string> {
  const reply = (await store.raw.command('HGET', `${store.prefix}:shard:0`, field)) as Buffer | null
  return reply?.toString() ?? ''
}
