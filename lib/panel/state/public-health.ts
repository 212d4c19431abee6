/** The public report, for whom is not logged in: asked for at once, and now and then while the page is visible. */
import { useEffect, useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Failure } from '../http/client.ts'
import type { Health } from '../http/types.ts'

const EVERY_MS = 30_000

export function usePublicHealth(): { health: Health | null; failure: Failure | null } {
  const [known, setKnown] = useState<{ health: Health | null; failure: Failure | null }>({
    health: null,
    failure: null,
  })
  useEffect(() => {
    let isOver = false
    const look = async () => {
      if (document.hidden) return
      const answer = await calls.health()
      if (isOver) return
      setKnown(answer.ok ? { health: answer.data, failure: null } : { health: null, failure: answer.failure })
    }
    const onVisibility = () => void look()
    const timer = setInterval(onVisibility, EVERY_MS)
    document.addEventListener('visibilitychange', onVisibility)
    void look()
    return () => {
      isOver = true
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [])
  return known
}
