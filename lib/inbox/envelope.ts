/**
 * The envelope: one header line that the accept script writes, then the update exactly as it arrived.
 *
 *   `1 <update id> <accepted at, ms> <user id or -> <rate verdict> <language or -> <replays>\n<payload>`
 *
 * The first field is the version. A worker that does not know the version makes the update a dead letter, so two
 * deployments can work on one mailbox.
 */

/** The accept script's verdict on the sender's rate: process, answer with the notice, or drop in silence. */
export type RateVerdict = 'ok' | 'notice' | 'drop'

export interface Envelope {
  updateId: string
  /** Milliseconds since 1970, by the store's clock. */
  acceptedAtMs: number
  userId: string | null
  rate: RateVerdict
  /** The user's language setting when the update was accepted. */
  language: string | null
  /** How often an operator has replayed it from the dead letters. */
  replays: number
  /** The update's JSON text, untouched. */
  payload: string
}

const HEADER = /^1 (\S+) (\d+) (\S+) (ok|notice|drop) (\S+) (\d+)\n/

/** Reads an envelope; null where its version or shape is unknown. */
export function readEnvelope(text: string): Envelope | null {
  const match = HEADER.exec(text)
  if (!match) return null
  const [header, updateId = '', acceptedAt, userId = '-', rate, language = '-', replays] = match
  return {
    updateId,
    acceptedAtMs: Number(acceptedAt),
    userId: userId === '-' ? null : userId,
    rate: rate as RateVerdict,
    language: language === '-' ? null : language,
    replays: Number(replays),
    payload: text.slice(header.length),
  }
}
