/** A half-written message, and what becomes of it. */
import type { Message } from '../simulator/wire.ts'

export interface Draft {
  text: string
  replyTo?: Message
  /** The message that the text is to replace. */
  editing?: Message
  /** What was half-written when the edit began; it comes back after it. */
  aside?: Draft
}

export const EMPTY: Draft = { text: '' }

/** An edit's text is no answer to anything: the edit ends. */
export const answerTo = (draft: Draft, replyTo: Message): Draft => ({ ...withoutEdit(draft), replyTo })

/** Begins to change a message. */
export const edit = (draft: Draft, editing: Message): Draft => ({
  text: editing.text ?? '',
  editing,
  aside: withoutEdit(draft),
})

/** Answers and changes nothing any more. */
export const neverMind = (draft: Draft): Draft =>
  draft.editing === undefined ? withoutAnswer(draft) : withoutEdit(draft)

export function withoutAnswer(draft: Draft): Draft {
  const { replyTo, ...rest } = draft
  return replyTo === undefined ? draft : rest
}

/** What is left once it has been sent. */
export const afterSending = ({ aside }: Draft): Draft => aside ?? EMPTY

/**
 * After `sent` could not be sent: it is in the box again, unless something else was written meanwhile.
 * @param left what the sending had left in the box
 */
export function broughtBack(now: Draft, left: Draft, sent: Draft): Draft {
  if (now.editing !== undefined || (now !== left && now.text !== '')) return now
  if (sent.editing !== undefined) return { ...sent, aside: now }
  return now.replyTo === undefined ? sent : { ...now, text: sent.text }
}

/** What is half-written there beside any edit. */
export const withoutEdit = (draft: Draft): Draft =>
  draft.editing === undefined ? draft : (draft.aside ?? EMPTY)
