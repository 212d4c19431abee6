/**
 * The conversation, in order: an update goes from feature to feature until one keeps it.
 *
 * Gates come first, answers to whatever is left come last. A new feature goes between them.
 */
import type { Feature } from '../../kit/types.ts'
import { deleteMyData } from './delete-my-data.ts'
import { help } from './help.ts'
import { language } from './language.ts'
import { membership } from '../../kit/gates/membership.ts'
import { panel } from './panel.ts'
import { peopleOnly } from '../../kit/gates/people-only.ts'
import { ping } from './ping.ts'
import { plainText } from './plain-text.ts'
import { privacy } from './privacy.ts'
import { proof } from '../../kit/gates/proof.ts'
import { rateLimit } from '../../kit/gates/rate-limit.ts'
import { soundShape } from '../../kit/gates/sound-shape.ts'
import { staleButtons } from './stale-buttons.ts'
import { start } from './start.ts'
import { status } from './status.ts'

export const features: readonly Feature[] = [
  soundShape,
  proof,
  membership,
  peopleOnly,
  rateLimit,

  start,
  help,
  ping,
  language,
  status,
  panel,
  privacy,
  deleteMyData,

  staleButtons,
  plainText,
]
