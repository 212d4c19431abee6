/** An answer that a view shows: asked for when the view opens and whenever it wants it anew. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Failure, Outcome } from '../http/client.ts'

export interface Loaded<T> {
  data: T | null
  failure: Failure | null
  isLoading: boolean
  reload: () => Promise<void>
}

/** @param ask must be the same function at each rendering */
export function useLoaded<T>(ask: () => Promise<Outcome<T>>, onSignedOut: () => void): Loaded<T> {
  const [shown, setShown] = useState<Omit<Loaded<T>, 'reload'>>({
    data: null,
    failure: null,
    isLoading: true,
  })
  const asked = useRef(0)
  const reload = useCallback(async () => {
    const mine = ++asked.current
    setShown((before) => ({ ...before, isLoading: true }))
    const answer = await ask()
    // Only the last question's answer is news.
    if (mine !== asked.current) return
    if (!answer.ok && answer.failure.status === 401) return onSignedOut()
    setShown((before) =>
      answer.ok
        ? { data: answer.data, failure: null, isLoading: false }
        : { data: before.data, failure: answer.failure, isLoading: false },
    )
  }, [ask, onSignedOut])
  useEffect(() => {
    void reload()
    return () => {
      asked.current++
    }
  }, [reload])
  return { ...shown, reload }
}
