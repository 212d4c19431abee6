/**
 * Recorded updates of the real Telegram, `../shared/fixtures` beside the checkout. They are optional: the updates that
 * the bot must process are also in test/updates.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../../../shared/fixtures')

export const hasRecorded = existsSync(FOLDER)

/** All recorded updates with the project of each; none where the folder is missing. */
export function recordedUpdates(): { source: string; update: Record<string, unknown> }[] {
  if (!hasRecorded) return []
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(FOLDER, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { source: string; update: Record<string, unknown> })
}
