/** The drafts: one for each user in each chat and topic. */
import { createChanges } from './changes.ts'
import { EMPTY, withoutEdit, type Draft } from './draft.ts'

/** The user, chat and topic of a draft, as the server needs them. */
export interface Place {
  user: number
  chat: number
  thread?: number
}

export const placeOf = (user: number, chat: number, thread: number | null): Place => ({
  user,
  chat,
  ...(thread === null ? {} : { thread }),
})

// Not in the model: a key press must not render every message again.
const drafts = new Map<string, Draft>()
const changes = createChanges()

const keyOf = ({ user, chat, thread }: Place): string => `${user}/${chat}/${thread ?? ''}`

export const draftAt = (place: Place): Draft => drafts.get(keyOf(place)) ?? EMPTY

export function alterDraft(place: Place, alter: (draft: Draft) => Draft): void {
  drafts.set(keyOf(place), alter(draftAt(place)))
  changes.tell()
}

/** A hook. */
export function useDraft(place: Place): Draft {
  changes.use()
  return draftAt(place)
}

/** Hook. @returns the text of a user's draft in a chat, in any topic */
export function useWritten(): (user: number, chat: number) => string {
  changes.use()
  return (user, chat) => {
    const here = [...drafts].filter(([key]) => key.startsWith(`${user}/${chat}/`))
    return here.map(([, draft]) => withoutEdit(draft).text.trim()).find((text) => text !== '') ?? ''
  }
}
