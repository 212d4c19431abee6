/** The times that the store keeps of the bot, set from outside, so that a test need not wait for them. */
import type { World } from './world.ts'

export const OURS = 'https://evergram.example/webhook'
export const THEIRS = 'https://elsewhere.example/hook'

/** Lets a minute pass for the view of the webhook, which is refreshed once a minute. */
export async function forgetLook({ store }: World): Promise<void> {
  await store.raw.command('HSET', `${store.prefix}:telegram`, 'looked_at', '1', 'checked_at', '1')
}

/** All was looked after just now, nothing was told to administrators, and Telegram delivers here. */
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

/** The webhook is another's and was repaired today, so that the bot is unhealthy and stays so. */
export async function takenOver(world: World): Promise<void> {
  await lookedAfter(world)
  world.telegram.takeOver(THEIRS)
  const { prefix, raw } = world.store
  await raw.command('HSET', `${prefix}:telegram`, 'matches', '0', 'repaired_at', String(Date.now()))
}

/** The bot has been unhealthy for longer than administrators are spared. */
export async function longUnhealthy({ store }: World): Promise<void> {
  await store.raw.command('HSET', `${store.prefix}:alerts`, 'unhealthy_since', '1')
}

/** The last try to re-initialise the bot has failed, and the next one is due. */
export async function hasFailed({ store }: World): Promise<void> {
  const fields = ['status', 'FAILED', 'breaker', 'telegram', 'breaker_until', '1', 'breaker_tries', '1']
  await store.raw.pipeline(
    Array.from({ length: 8 }, (_, shard) => ['HSET', `${store.prefix}:shard:${shard}`, ...fields]),
  )
}

/** The bot's state as the store has it, read without asking the server. */
export async function stateOf({ store }: World, field: 'status' | 'epoch'): Promise<string> {
  const reply = (await store.raw.command('HGET', `${store.prefix}:shard:0`, field)) as Buffer | null
  return reply?.toString() ?? ''
}
