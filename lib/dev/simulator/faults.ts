/**
 * The fault switches: one line of text each, in the terminal and on the page alike.
 *
 *   telegram:METHOD=STATUS[:SECONDS] | timeout | done-timeout | reset    (METHOD may be *)
 *   store=down | slow:MS
 *   webhook=drop[:TIMES] | twice | reorder
 *   token=revoked
 *   kill=POINT[:TIMES]
 */
import { CRASH_POINTS, type CrashPoint } from '../crash-points.ts'
import type { StoreFaults } from '../store/front.ts'
import { describeFault } from '../telegram/faults.ts'
import { findMethod } from '../telegram/methods-table.ts'
import type { DeliveryFaults, Fault, Faults } from '../telegram/types.ts'
import type { SetFault } from './wire.ts'

/** How long an update is held back for the next of its chat to overtake it. */
const OVERTAKING_MS = 3000

export interface FaultTargets {
  telegram: Faults
  delivery: DeliveryFaults
  token: { revoked: boolean }
  /** Null where the store is not ours. */
  store: StoreFaults | null
}

export interface FaultSwitches {
  /** @throws Error with a sentence on what it cannot read or do */
  set(text: string, times?: number): void
  /** Clears the fault with this key, or all. @throws Error where there is none */
  clear(key?: string): void
  list(): SetFault[]
  /** True when the functions are to die at this point now; counts down. */
  strikesAt(point: CrashPoint): boolean
  /** What the store does wrong at the moment, in words; undefined where nothing. */
  ofStore(): string | undefined
}

export function createFaultSwitches({ telegram, delivery, token, store }: FaultTargets): FaultSwitches {
  let kill: { point: CrashPoint; left: number } | null = null

  const setters: Record<string, (value: string, times: number | undefined) => void> = {
    store(value) {
      if (store === null) throw new Error('the store is the one of your environment; its faults are its own')
      const [word, ms] = value.split(':')
      const slowMs = Number(ms)
      if (value === 'down') Object.assign(store, { down: true, slowMs: 0 })
      else if (word === 'slow' && slowMs > 0 && slowMs <= 600_000)
        Object.assign(store, { down: false, slowMs })
      else throw new Error('store= takes down, or slow:MILLISECONDS')
    },
    webhook(value, times) {
      const [word, count] = value.split(':')
      if (word === 'drop') delivery.dropAnswer(times ?? positive(count ?? '1'))
      else if (value === 'twice') delivery.duplicate(2)
      else if (value === 'reorder') Object.assign(delivery, { outOfOrder: true, overtakingMs: OVERTAKING_MS })
      else throw new Error('webhook= takes drop, drop:TIMES, twice or reorder')
    },
    token(value) {
      if (value !== 'revoked') throw new Error('token= takes revoked')
      token.revoked = true
    },
    kill(value, times) {
      const [point = '', count] = value.split(':')
      if (!Object.hasOwn(CRASH_POINTS, point)) {
        throw new Error(`kill= takes one of ${Object.keys(CRASH_POINTS).join(', ')}`)
      }
      kill = { point: point as CrashPoint, left: times ?? positive(count ?? '1') }
    },
  }
  const clearers: Record<string, () => void> = {
    store: () => store && Object.assign(store, { down: false, slowMs: 0 }),
    'webhook=drop': () => delivery.dropAnswer(0),
    'webhook=twice': () => delivery.duplicate(1),
    'webhook=reorder': () => Object.assign(delivery, { outOfOrder: false, overtakingMs: 0 }),
    token: () => {
      token.revoked = false
    },
    kill: () => {
      kill = null
    },
  }

  function list(): SetFault[] {
    const set: SetFault[] = telegram.list().map(({ method, fault }) => ({
      key: `telegram:${method}`,
      text: `telegram:${method}=${textOf(fault)}`,
      title: `Telegram's ${method === '*' ? 'methods' : method}: ${describeFault(fault)}`,
      left: fault.times ?? null,
    }))
    const add = (key: string, text: string, title: string, left: number | null = null) =>
      set.push({ key, text, title, left })
    const { copies, answersToDrop } = delivery.state
    if (store?.down === true) add('store', 'store=down', 'The store is down')
    else if (store !== null && store.slowMs > 0) {
      add('store', `store=slow:${store.slowMs}`, `The store answers ${store.slowMs} ms late`)
    }
    if (answersToDrop > 0)
      add('webhook=drop', 'webhook=drop', "The webhook's answer is dropped", answersToDrop)
    if (copies > 1) add('webhook=twice', 'webhook=twice', `Each update is delivered ${copies} times at once`)
    if (delivery.outOfOrder) add('webhook=reorder', 'webhook=reorder', 'Updates of a chat come out of order')
    if (token.revoked) add('token', 'token=revoked', "The bot's token is revoked")
    if (kill) {
      add('kill', `kill=${kill.point}`, `The function is killed at "${kill.point}"`, kill.left)
    }
    return set
  }

  return {
    list,
    set(text, times) {
      if (times !== undefined && !(Number.isSafeInteger(times) && times > 0)) {
        throw new Error('the number of times is a whole one above 0')
      }
      const [, name = '', method, value = ''] = /^([a-z]+)(?::([\w*]+))?=(\S+)$/i.exec(text.trim()) ?? []
      if (name === 'telegram' && method !== undefined) {
        const known = method === '*' ? '*' : findMethod(method)
        if (known === undefined) throw new Error(`the emulator knows no method "${method}"`)
        telegram.set(known, { ...readTelegramFault(value), ...(times === undefined ? {} : { times }) })
        return
      }
      const setter = Object.hasOwn(setters, name) && method === undefined ? setters[name] : undefined
      if (setter === undefined) {
        throw new Error(
          `"${text}" is no fault; try telegram:METHOD=429:30, store=down, webhook=drop, token=revoked or kill=sent`,
        )
      }
      setter(value, times)
    },
    clear(key) {
      const set = list()
      const chosen = key === undefined ? set : set.filter((fault) => fault.key === key || fault.text === key)
      if (key !== undefined && chosen.length === 0) throw new Error(`no fault "${key}" is set`)
      for (const fault of chosen) {
        if (fault.key.startsWith('telegram:')) telegram.clear(fault.key.slice('telegram:'.length))
        else clearers[fault.key]?.()
      }
    },
    strikesAt(point) {
      if (kill?.point !== point) return false
      kill.left -= 1
      if (kill.left < 1) kill = null
      return true
    },
    ofStore: () =>
      list()
        .find((fault) => fault.key === 'store')
        ?.title.toLowerCase(),
  }
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error('the number of times is a whole one above 0')
  return number
}

/** @throws Error on what is none */
function readTelegramFault(value: string): Fault {
  if (value === 'timeout') return { hang: 'before' }
  if (value === 'done-timeout') return { hang: 'after' }
  if (value === 'reset') return { reset: 'before' }
  const [, status, seconds] = /^([45]\d\d)(?::(\d{1,6}))?$/.exec(value) ?? []
  if (status === undefined || (seconds !== undefined && status !== '429')) {
    throw new Error('a method takes a status of 400 to 599, 429:SECONDS, timeout, done-timeout or reset')
  }
  return { status: Number(status), ...(seconds === undefined ? {} : { retryAfterSeconds: Number(seconds) }) }
}

function textOf(fault: Fault): string {
  if (fault.hang !== undefined) return fault.hang === 'after' ? 'done-timeout' : 'timeout'
  if (fault.reset !== undefined) return 'reset'
  const seconds = fault.status === 429 ? `:${fault.retryAfterSeconds ?? 1}` : ''
  return `${fault.status ?? 500}${seconds}`
}
