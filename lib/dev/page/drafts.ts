/** The half-written messages: one for each person, in each chat and topic. */
import { createChanges } from './changes.ts'
import { EMPTY, withoutEdit, type Draft } from './draft.ts'

/** Where somebody writes, as the server is told it. */
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

// Apart from the model: a key that is pressed must not render every message again.
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

/** A hook. @returns what a person has half-written in a chat, in whatever topic */
export function useWritten(): (user: number, chat: number) => string {
  changes.use()
  return (user, chat) => {
    const here = [...drafts].filter(([key]) => key.startsWith(`${user}/${chat}/`))
    return here.map(([, draft]) => withoutEdit(draft).text.trim()).find((text) => text !== '') ?? ''
  }
}
