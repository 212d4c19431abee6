/** Polls the public health report before the login, while the page is visible; faster while the bot is unhealthy. */
import { useEffect, useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Failure } from '../http/client.ts'
import type { Health } from '../../contract.ts'

const HEALTHY_MS = 30_000
const OTHERWISE_MS = 5000

export function usePublicHealth(): { health: Health | null; failure: Failure | null } {
  const [known, setKnown] = useState<{ health: Health | null; failure: Failure | null }>({
    health: null,
    failure: null,
  })
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    let isAsking = false
    const read = async () => {
      if (document.hidden || isAsking) return
      isAsking = true
      const answer = await calls.health()
      isAsking = false
      if (isOver) return
      setKnown(answer.ok ? { health: answer.data, failure: null } : { health: null, failure: answer.failure })
      const isHealthy = answer.ok && answer.data.status === 'healthy'
      timer = setTimeout(() => void read(), isHealthy ? HEALTHY_MS : OTHERWISE_MS)
    }
    const onVisibility = () => {
      clearTimeout(timer)
      void read()
    }
    document.addEventListener('visibilitychange', onVisibility)
    void read()
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [])
  return known
}
