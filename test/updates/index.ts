/**
 * Updates of every kind and messages of every content of the Bot API, up to 10.3. All people, texts and ids are
 * invented. `updates.test.ts` holds them against the Bot API's schema where that is at hand.
 */
import { CIRCUMSTANCES } from './circumstances.ts'
import { KINDS } from './kinds.ts'
import { MEDIA } from './media.ts'
import { RICH } from './rich.ts'
import { SERVICE } from './service.ts'
import type { Fields, OwnUpdate } from './people.ts'

const FIRST_ID = 820_000_001

/** All of them as JSON carries them, each with an id of its own. */
export const OWN_UPDATES: readonly (OwnUpdate & { update: Fields & { update_id: number } })[] = [
  ...CIRCUMSTANCES,
  ...MEDIA,
  ...RICH,
  ...SERVICE,
  ...KINDS,
].map(({ update, ...rest }, index) => ({
  ...rest,
  // Fields that are undefined are not there.
  update: { update_id: FIRST_ID + index, ...(JSON.parse(JSON.stringify(update)) as Fields) },
}))
