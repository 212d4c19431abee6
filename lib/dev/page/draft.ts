/** The draft of a message, and its changes. */
import type { Message } from '../simulator/wire.ts'

export interface Draft {
  text: string
  replyTo?: Message
  /** The message whose text the draft replaces. */
  editing?: Message
  /** The draft before the edit began; restored after the edit. */
  aside?: Draft
}

export const EMPTY: Draft = { text: '' }

/** Makes the draft an answer. This ends an edit, because an edit cannot be an answer. */
export const answerTo = (draft: Draft, replyTo: Message): Draft => ({ ...withoutEdit(draft), replyTo })

/** Begins the edit of a message. */
export const edit = (draft: Draft, editing: Message): Draft => ({
  text: editing.text ?? '',
  editing,
  aside: withoutEdit(draft),
})

/** Cancels the answer or the edit. */
export const neverMind = (draft: Draft): Draft =>
  draft.editing === undefined ? withoutAnswer(draft) : withoutEdit(draft)

export function withoutAnswer(draft: Draft): Draft {
  const { replyTo, ...rest } = draft
  return replyTo === undefined ? draft : rest
}

/** The draft after it is sent. */
export const afterSending = ({ aside }: Draft): Draft => aside ?? EMPTY

/**
 * The draft after `sent` could not be sent: `sent` is restored unless the user wrote something else meanwhile.
 * @param left the draft that was in the box after the sending began
 */
export function broughtBack(now: Draft, left: Draft, sent: Draft): Draft {
  if (now.editing !== undefined || (now !== left && now.text !== '')) return now
  if (sent.editing !== undefined) return { ...sent, aside: now }
  return now.replyTo === undefined ? sent : { ...now, text: sent.text }
}

/** The draft without the edit. */
export const withoutEdit = (draft: Draft): Draft =>
  draft.editing === undefined ? draft : (draft.aside ?? EMPTY)
