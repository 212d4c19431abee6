/** A list that is asked for a page at a time. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Failure, Outcome } from '../http/client.ts'

export interface Pages<Item, Next> {
  /** Null before the first page. */
  items: Item[] | null
  /** Null where this is all. */
  next: Next | null
  failure: Failure | null
  /** Asks for the next page, or again for the one that failed. */
  more: () => Promise<void>
}

/**
 * @param name of what is listed: another one begins anew
 * @param onFailed hears the code of each failure
 */
export function usePages<Answer, Item, Next>(
  name: string,
  ask: (next: Next | null) => Promise<Outcome<Answer>>,
  read: (answer: Answer) => { items: Item[]; next: Next | null },
  onFailed: (code: string) => void,
): Pages<Item, Next> {
  const [shown, setShown] = useState<Omit<Pages<Item, Next>, 'more'>>({
    items: null,
    next: null,
    failure: null,
  })
  const latest = useRef({ ask, read, onFailed, next: null as Next | null, asked: 0 })
  Object.assign(latest.current, { ask, read, onFailed })
  const more = useCallback(async () => {
    const { current } = latest
    const mine = ++current.asked
    const outcome = await current.ask(current.next)
    if (mine !== current.asked) return
    if (!outcome.ok) {
      setShown((before) => ({ ...before, failure: outcome.failure }))
      current.onFailed(outcome.failure.code)
      return
    }
    const page = current.read(outcome.data)
    current.next = page.next
    setShown(({ items }) => ({ items: [...(items ?? []), ...page.items], next: page.next, failure: null }))
  }, [])
  useEffect(() => {
    const { current } = latest
    current.next = null
    setShown({ items: null, next: null, failure: null })
    void more()
    return () => {
      current.asked++
    }
  }, [name, more])
  return { ...shown, more }
}
