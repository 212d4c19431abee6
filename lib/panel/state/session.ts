/** Who is logged in. The cookie is not readable here: the server says it. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Failure, Outcome } from '../http/client.ts'
import type { Session } from '../../contract.ts'

/** Between two questions that were not answered, in milliseconds. */
const AGAIN_MS = 10_000

export type SessionState =
  | { word: 'asking' }
  | { word: 'in'; session: Session }
  /** `why`: the session ended by itself or by the operator; null when there was none. */
  | { word: 'out'; why: 'ended' | 'left' | null }

export interface SessionControl {
  state: SessionState
  logIn: (proof: { token: string } | { init_data: string }) => Promise<Outcome<Session>>
  /** @returns why it failed, or null */
  logOut: () => Promise<Failure | null>
  /** The server no longer takes this session; without meaning for one that has been left since. */
  ended: (session: Session) => void
}

/** @param actor the one whose session is wanted; null takes whoever's cookie is there */
export function useSession(actor: string | null): SessionControl {
  const [state, setState] = useState<SessionState>({ word: 'asking' })

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      const answer = await calls.session()
      const isOurs = answer.ok && (actor === null || answer.data.actor === actor)
      if (isOurs) return setState({ word: 'in', session: answer.data })
      // Whatever else is wrong, the page before the login says it.
      setState((before) => (before.word === 'asking' ? { word: 'out', why: null } : before))
      // Not refused, but not to be had: the session may well go on when the store is back.
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
