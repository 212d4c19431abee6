/**
 * Polls the status while the page is visible.
 * A full read: at the start, after every action, and once a minute. More often while updates are pending or a tick
 * shows a change. Between full reads: ticks of two shards each, which cost two store commands.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { calls } from '../http/calls.ts'
import type { Failure } from '../http/client.ts'
import type { Health, Status } from '../../contract.ts'
import { compare, merge, totalsOf } from './merge.ts'

const FASTEST_MS = 2000
const SLOWEST_MS = 15_000
const BACK_OFF = 2
const FULL_READ_MS = 60_000
/** While updates are pending. Only a full read reports their age and how many are in flight. */
const PENDING_READ_MS = 15_000
/** Minimum time between full reads that a tick causes: in an outage every tick shows a change. */
const NEWS_READ_MS = 10_000
const slower = (pauseMs: number) => Math.min(SLOWEST_MS, pauseMs * BACK_OFF)
const PAIRS = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
] as const

export interface Live {
  /** The last full read, updated by the ticks since; null before the first. */
  status: Status | null
  /** The public report, where the full read failed. */
  health: Health | null
  /** Why the last request failed; null after a success. */
  failure: Failure | null
  /** When the last answer arrived, by the browser's clock. */
  readAtMs: number
  /** When the last full read arrived, by the browser's clock. */
  fullReadAtMs: number
  /** Makes a full read now. */
  refresh: () => Promise<void>
}

/** @param onSignedOut called when the server answers 401 */
export function useLive(onSignedOut: () => void): Live {
  const [shown, setShown] = useState<Omit<Live, 'refresh'>>({
    status: null,
    health: null,
    failure: null,
    readAtMs: 0,
    fullReadAtMs: 0,
  })
  const walk = useRef({
    status: null as Status | null,
    pair: 0,
    pauseMs: FASTEST_MS,
    fullReadAtMs: 0,
    fullReads: 0,
    hasNews: false,
  })

  const readAll = useCallback(async () => {
    const answer = await calls.status()
    if (!answer.ok && answer.failure.status === 401) return onSignedOut()
    const { current } = walk
    Object.assign(current, {
      fullReadAtMs: performance.now(),
      fullReads: current.fullReads + 1,
      hasNews: false,
    })
    const nowMs = Date.now()
    if (answer.ok) {
      current.status = answer.data
      setShown({ status: answer.data, health: null, failure: null, readAtMs: nowMs, fullReadAtMs: nowMs })
    }
    // The store is unreachable: poll with backoff.
    if (!answer.ok || !answer.data.detail) current.pauseMs = slower(current.pauseMs)
    if (answer.ok) return
    // /status failed: /health may still report what is wrong.
    const health = await calls.health()
    current.status = null
    setShown({
      status: null,
      health: health.ok ? health.data : null,
      failure: answer.failure,
      readAtMs: nowMs,
      fullReadAtMs: nowMs,
    })
  }, [onSignedOut])

  const tick = useCallback(async () => {
    const { current } = walk
    const sinceMs = performance.now() - current.fullReadAtMs
    const isPending = current.status !== null && (totalsOf(current.status)?.pending ?? 0) > 0
    const isDue = sinceMs >= (current.hasNews ? NEWS_READ_MS : isPending ? PENDING_READ_MS : FULL_READ_MS)
    if (!current.status?.detail || isDue) return readAll()
    const { fullReads } = current
    const answer = await calls.tick(PAIRS[current.pair % PAIRS.length] ?? PAIRS[0])
    if (!answer.ok && answer.failure.status === 401) return onSignedOut()
    if (!answer.ok || !current.status) return readAll()
    // A full read ended during this tick and is newer.
    if (fullReads !== current.fullReads) return
    const word = compare(current.status, answer.data.shards)
    current.pair++
    // Four ticks cover all shards: slow down only after four ticks without a change.
    if (word !== 'same') current.pauseMs = FASTEST_MS
    else if (current.pair % PAIRS.length === 0) current.pauseMs = slower(current.pauseMs)
    if (word === 'changed') current.hasNews = true
    if (word === 'changed' && sinceMs >= NEWS_READ_MS) return readAll()
    const status = merge(current.status, answer.data)
    current.status = status
    setShown((before) => ({ ...before, status, failure: null, readAtMs: Date.now() }))
  }, [readAll, onSignedOut])

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
    void go(readAll)
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [readAll, tick])

  const refresh = useCallback(async () => {
    walk.current.pauseMs = FASTEST_MS
    await readAll()
  }, [readAll])
  return { ...shown, refresh }
}
