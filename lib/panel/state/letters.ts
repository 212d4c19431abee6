/** The dead letters that are loaded so far, page by page. */
import { useCallback, useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Outcome } from '../http/client.ts'
import type { DeadLetter, DeadLetters } from '../../answers.ts'
import { useLoaded, type Loaded } from './loaded.ts'

const PAGE = 100

export interface Letters extends Loaded<DeadLetters> {
  hasMore: boolean
  more: () => void
}

export function useLetters(onSignedOut: () => void): Letters {
  const [wanted, setWanted] = useState(PAGE)
  const ask = useCallback(() => readLetters(wanted), [wanted])
  const loaded = useLoaded(ask, onSignedOut)
  return {
    ...loaded,
    hasMore: (loaded.data?.dead_letters.length ?? 0) < (loaded.data?.total ?? 0),
    more: () => setWanted((count) => count + PAGE),
  }
}

/** Reads the newest letters, as many pages as it takes. @param wanted how many at most */
export async function readLetters(wanted: number): Promise<Outcome<DeadLetters>> {
  const letters = new Map<string, DeadLetter>()
  for (let offset = 0; ; offset += PAGE) {
    const page = await calls.deadLetters(offset, PAGE)
    if (!page.ok) return page
    // One that died meanwhile moves the others down the list: each is kept once.
    for (const letter of page.data.dead_letters) letters.set(letter.update_id, letter)
    const isLast = page.data.dead_letters.length < PAGE || offset + PAGE >= wanted
    if (isLast) return { ok: true, data: { ...page.data, dead_letters: [...letters.values()] } }
  }
}
