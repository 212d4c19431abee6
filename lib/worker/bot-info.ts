/** The bot's own data (getMe): fetched once by a deployment, then returned with every lease. */
import type { UserFromGetMe } from 'telegraf/types'
import type { Config } from '../config.ts'
import { BotNotReady } from '../errors.ts'
import type { Healed } from './heal.ts'
import { readSnapshot } from '../state/snapshot.ts'
import type { Store } from '../redis.ts'
import type { Clock } from '../time.ts'

/** getMe's answer, with the bot id of the token that was used. */
export type BotInfo = UserFromGetMe & { of_token?: string }

/** How long the initialisation by another instance is waited for, in ms. */
const WAIT_MS = 10_000
/**
 * Pause between two looks at whether another instance is done, in ms: the first one, and the longest. It doubles,
 * because the instances of a whole fleet may be waiting.
 */
const LOOK_MS = { first: 25, most: 400 }

/**
 * Reads the bot's data out of the state that came with a lease; where there is none, initialises the bot or waits
 * for the instance that does.
 * @param heal tries once; called again while another instance has the claim
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
    // Data of another token, or unreadable data: everything is registered anew.
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
