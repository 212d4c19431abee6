/** The operator's session. The cookie is HttpOnly, so the page asks the server who is logged in. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'

/** Retry delay where the server could not answer, in milliseconds. */
const AGAIN_MS = 10_000

export type SessionState =
  | { word: 'asking' }
  | { word: 'in'; session: Session }
  /** `why`: the session expired or was ended (`ended`), the operator logged out (`left`), or there was none (null). */
  | { word: 'out'; why: 'ended' | 'left' | null }

export interface SessionControl {
  state: SessionState
  logIn: (proof: { token: string } | { init_data: string }) => Promise<Outcome<Session>>
  /** @returns why it failed, or null */
  logOut: () => Promise<Failure | null>
  /** Call when the server answers 401. A no-op for a session that is no longer the current one. */
  ended: (session: Session) => void
}

/** @param actor the only actor whose session is accepted; null accepts any */
export function useSession(actor: string | null): SessionControl {
  const [state, setState] = useState<SessionState>({ word: 'asking' })

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      const answer = await calls.session()
      const isOurs = answer.ok && (actor === null || answer.data.actor === actor)
      if (isOurs) return setState({ word: 'in', session: answer.data })
      // The login page shows whatever else is wrong.
      setState((before) => (before.word === 'asking' ? { word: 'out', why: null } : before))
      // The server did not refuse the session, it only could not answer: retry, the session may still be valid.
      if (!answer.ok && answer.failure.code !== 'unauthorized') timer = setTimeout(() => void ask(), AGAIN_MS)
    }
    void ask()
    return () => clearTimeout(timer)
  }, [actor])

  const logIn = useCallback(async (proof: { token: string } | { init_data: string }) => {
    const answer = await calls.logIn(proof)
    if (answer.ok) setState({ word: 'in', session: answer.data })
    return answer
  }, [])
  const logOut = useCallback(async () => {
    const answer = await calls.logOut()
    if (!answer.ok && answer.failure.status !== 401) return answer.failure
    setState({ word: 'out', why: 'left' })
    return null
  }, [])
  const ended = useCallback((session: Session) => {
    setState((now) => (now.word === 'in' && now.session === session ? { word: 'out', why: 'ended' } : now))
  }, [])
  return { state, logIn, logOut, ended }
}
