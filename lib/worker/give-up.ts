/** What follows a dead letter: the administrators are alerted, and the sender gets one sentence. */
import type { Envelope } from '../inbox/envelope.ts'
import type { Logger } from '../log.ts'
import type { FailureClass } from './decide.ts'
import { quietly } from './quietly.ts'

export interface GiveUpDeps {
  alert: (cause: string, text: string) => Promise<void>
  apologise: (envelope: Envelope, chatKey: string) => Promise<void>
  log: Logger
}

/** Never rejects. @param envelope null where it cannot be read: the sender is unknown then */
export async function giveUp(
  { alert, apologise, log }: GiveUpDeps,
  envelope: Envelope | null,
  chatKey: string,
  failureClass: FailureClass,
): Promise<void> {
  const text = `An update was given up on (${failureClass}). See /dead-letters: it can be replayed.`
  await alert(`dead:${failureClass}`, text)
  if (envelope) await quietly(log, 'telling the sender', () => apologise(envelope, chatKey))
}
