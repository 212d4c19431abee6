/** Data of one view: requested when the view opens, and again by reload(). */
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
    // Ignore the answer of an older request.
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
