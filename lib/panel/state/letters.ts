/** Loads the dead letters page by page. */
import { useCallback, useRef } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Outcome } from '../http/client.ts'
import type { DeadLetter, DeadLetters } from '../../contract.ts'
import { useLoaded, type Loaded } from './loaded.ts'

const PAGE = 100

export interface Letters extends Loaded<DeadLetters> {
  hasMore: boolean
  more: () => void
}

interface Read {
  list: DeadLetters
  /** Offset of the next page. */
  next: number
}

export function useLetters(onSignedOut: () => void): Letters {
  const shown = useRef(0)
  const base = useRef<Read | null>(null)
  const ask = useCallback(() => {
    const before = base.current
    base.current = null
    return readLetters(before ? 0 : shown.current, before)
  }, [])
  const { data, ...loaded } = useLoaded(ask, onSignedOut)
  shown.current = data?.next ?? 0
  return {
    ...loaded,
    data: data && data.list,
    hasMore: data !== null && data.next < data.list.total,
    more() {
      // A reload is running: its result must not be replaced by the old list.
      if (loaded.isLoading) return
      base.current = data
      void loaded.reload()
    },
  }
}

/**
 * Reads the newest letters, in as many pages as needed. A page with long letters has fewer of them.
 * @param wanted minimum number, if the list has so many; at least one page is read
 * @param before the letters already read; reading continues after them
 */
export async function readLetters(wanted: number, before: Read | null = null): Promise<Outcome<Read>> {
  const letters = new Map<string, DeadLetter>(
    before?.list.dead_letters.map((letter) => [letter.update_id, letter]),
  )
  let groups = before?.list.groups ?? []
  let next = before?.next ?? 0
  for (;;) {
    const page = await calls.deadLetters(next, PAGE)
    if (!page.ok) return page
    const { dead_letters: came, total } = page.data
    groups = page.data.groups ?? groups
    next += came.length
    // A new dead letter shifts the others to the next page: keep each letter once.
    for (const letter of came) letters.set(letter.update_id, letter)
    if (next >= Math.min(wanted, total) || came.length === 0) {
      return { ok: true, data: { list: { ...page.data, groups, dead_letters: [...letters.values()] }, next } }
    }
  }
}
