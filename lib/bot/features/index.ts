/**
 * The conversation, in order: an update goes from feature to feature until one keeps it.
 * The last two answer what no other feature has kept. A new feature goes before them.
 */
import type { Feature } from '../../kit/index.ts'
import { deleteMyData } from './delete-my-data.ts'
import { help } from './help.ts'
import { language } from './language.ts'
import { panel } from './panel.ts'
import { ping } from './ping.ts'
import { plainText } from './plain-text.ts'
import { privacy } from './privacy.ts'
import { staleButtons } from './stale-buttons.ts'
import { start } from './start.ts'
import { status } from './status.ts'

export const features: readonly Feature[] = [
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
