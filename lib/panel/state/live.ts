/**
 * Keeps what is shown fresh while somebody looks: a full look at the start, after every action, once a minute,
 * oftener while something is pending or a tick shows news; between them ticks of two shards each, which cost two
 * store commands.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Failure } from '../http/client.ts'
import type { Health, Status } from '../../contract.ts'
import { compare, merge, totalsOf } from './merge.ts'

const FASTEST_MS = 2000
const SLOWEST_MS = 15_000
const BACK_OFF = 2
const FULL_LOOK_MS = 60_000
/** While something is pending only a full look knows its age, and what is in flight. */
const PENDING_LOOK_MS = 15_000
/** News are looked at no oftener than this: in an outage every tick has some. */
const NEWS_LOOK_MS = 10_000
const slower = (pauseMs: number) => Math.min(SLOWEST_MS, pauseMs * BACK_OFF)
const PAIRS = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
] as const

export interface Live {
  /** The last full look with what ticks have told since; null before the first. */
  status: Status | null
  /** The public report, where the full look could not be had. */
  health: Health | null
  /** Why the last question was not answered; null when it was. */
  failure: Failure | null
  /** When the last answer came, in the browser's own milliseconds. */
  readAtMs: number
  /** When the last full look came. */
  lookedAtMs: number
  /** A full look now. */
  refresh: () => Promise<void>
}

/** @param onSignedOut called when the server no longer takes the session */
export function useLive(onSignedOut: () => void): Live {
  const [shown, setShown] = useState<Omit<Live, 'refresh'>>({
    status: null,
    health: null,
    failure: null,
    readAtMs: 0,
    lookedAtMs: 0,
  })
  const walk = useRef({
    status: null as Status | null,
    pair: 0,
    pauseMs: FASTEST_MS,
    lookedAtMs: 0,
    looks: 0,
    hasNews: false,
  })

  const look = useCallback(async () => {
    const answer = await calls.status()
    if (!answer.ok && answer.failure.status === 401) return onSignedOut()
    const { current } = walk
    Object.assign(current, { lookedAtMs: performance.now(), looks: current.looks + 1, hasNews: false })
    const nowMs = Date.now()
    if (answer.ok) {
      current.status = answer.data
      setShown({ status: answer.data, health: null, failure: null, readAtMs: nowMs, lookedAtMs: nowMs })
    }
    // Where the store is away, asking oftener does not bring it back.
    if (!answer.ok || !answer.data.detail) current.pauseMs = slower(current.pauseMs)
    if (answer.ok) return
    // The public report says what is wrong where the private one cannot.
    const health = await calls.health()
    current.status = null
    setShown({
      status: null,
      health: health.ok ? health.data : null,
      failure: answer.failure,
      readAtMs: nowMs,
      lookedAtMs: nowMs,
    })
  }, [onSignedOut])

  const tick = useCallback(async () => {
    const { current } = walk
    const sinceMs = performance.now() - current.lookedAtMs
    const isPending = current.status !== null && (totalsOf(current.status)?.pending ?? 0) > 0
    const isDue = sinceMs >= (current.hasNews ? NEWS_LOOK_MS : isPending ? PENDING_LOOK_MS : FULL_LOOK_MS)
    if (!current.status?.detail || isDue) return look()
    const { looks } = current
    const answer = await calls.tick(PAIRS[current.pair % PAIRS.length] ?? PAIRS[0])
    if (!answer.ok && answer.failure.status === 401) return onSignedOut()
    if (!answer.ok || !current.status) return look()
    // A full look that ended meanwhile knows more than this tick.
    if (looks !== current.looks) return
    const word = compare(current.status, answer.data.shards)
    current.pair++
    // A tick in four sees a given shard: it takes four quiet ones to say that all is quiet.
    if (word !== 'same') current.pauseMs = FASTEST_MS
    else if (current.pair % PAIRS.length === 0) current.pauseMs = slower(current.pauseMs)
    if (word === 'changed') current.hasNews = true
    if (word === 'changed' && sinceMs >= NEWS_LOOK_MS) return look()
    const status = merge(current.status, answer.data)
    current.status = status
    setShown((before) => ({ ...before, status, failure: null, readAtMs: Date.now() }))
  }, [look, onSignedOut])

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    let isAsking = false
    const go = async (ask: () => Promise<void>) => {
      if (isAsking) return
      isAsking = true
      await ask()
      isAsking = false
      if (!isOver && !document.hidden) timer = setTimeout(() => void go(tick), walk.current.pauseMs)
    }
    const onVisibility = () => {
      clearTimeout(timer)
      if (document.hidden) return
      walk.current.pauseMs = FASTEST_MS
      void go(tick)
    }
    document.addEventListener('visibilitychange', onVisibility)
    void go(look)
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [look, tick])

  const refresh = useCallback(async () => {
    walk.current.pauseMs = FASTEST_MS
    await look()
  }, [look])
  return { ...shown, refresh }
}
