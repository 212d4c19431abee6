/** The bot's condition in a few plain lines, for an administrator's /status. */
import type { Config } from '../config.ts'
import { reportOf } from '../state/report.ts'
import type { Snapshot } from '../state/snapshot.ts'

export function statusLines(snapshot: Snapshot, config: Config): string[] {
  const report = reportOf(snapshot, config, 0)
  return [
    `${report.status}${report.reasons.length > 0 ? `: ${report.reasons.join(', ')}` : ''}`,
    `bot ${report.bot_status}, epoch ${snapshot.epoch}, errors ${snapshot.errors}`,
    `pending ${snapshot.pending} in ${snapshot.mailboxes} chats, in flight ${snapshot.inFlight}, dead letters ${snapshot.deadLetters}`,
    `accepted ${snapshot.accepted}, settled ${snapshot.settled}`,
    `version ${report.version}, ${report.environment}, ${report.region}`,
  ]
}
