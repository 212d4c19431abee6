/** The bot's own data (getMe): fetched once in the life of a deployment, then handed on with every lease. */
import type { UserFromGetMe } from 'telegraf/types'
import type { Config } from '../config.ts'
import { BotNotReady } from '../errors.ts'
import type { Healed } from './heal.ts'
import { readSnapshot } from '../state/snapshot.ts'
import type { Store } from '../redis.ts'
import type { Clock } from '../time.ts'

/** getMe's answer, with the id in the token that it was got with. */
export type BotInfo = UserFromGetMe & { of_token?: string }

const WAIT_MS = 10_000
/** Between two looks at whether another instance is done: first, and at most, as a whole fleet may be looking. */
const LOOK_MS = { first: 25, most: 400 }

/**
 * Reads the bot's data out of the state that came with a lease; where there is none, initialises the bot or waits
 * for the instance that does.
 * @param heal tries once; called again while somebody else is at it
 * @throws BotNotReady, StoreError
 */
export async function botInfoFrom(
  { store, clock, config }: { store: Store; clock: Clock; config: Pick<Config, 'botId'> },
  stored: string | null,
  heal: (reason: 'init' | 'restart') => Promise<Healed>,
): Promise<BotInfo> {
  let text = stored
  let info = readInfo(text)
  const giveUpAt = clock.monotonicMs() + WAIT_MS
  let lookMs = LOOK_MS.first
  while (info === null || info.of_token !== config.botId) {
    // Data got with another token, or that nobody can read: everything is registered anew.
    const healed = await heal(text === null ? 'init' : 'restart')
    if (healed.word === 'failed' || healed.word === 'early' || clock.monotonicMs() > giveUpAt) {
      throw new BotNotReady()
    }
    if (healed.word === 'busy') {
      await clock.sleep(lookMs)
      lookMs = Math.min(lookMs * 2, LOOK_MS.most)
    }
    text = (await readSnapshot(store)).info
    info = readInfo(text)
  }
  return info
}

/** getMe's answer as it was stored; null where there is none that can be used. */
function readInfo(text: string | null): BotInfo | null {
  try {
    const info = JSON.parse(text ?? 'null') as BotInfo | null
    return typeof info?.id === 'number' && typeof info.username === 'string' ? info : null
  } catch {
    return null
  }
}
