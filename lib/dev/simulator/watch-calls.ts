/** Watches what an invocation says to the store, and says to Telegram's emulator whose calls its are. */
import type { Hooks, Invocation } from './invocations.ts'
import { by, type Ledger } from './ledger.ts'
import { meaningOf, readStoreRequest, readWords, type StoreRequest } from './store-words.ts'
import type { Step } from './wire.ts'

/** A good store call under no fault is worth a step of its own from this long on, in milliseconds. */
const SLOW_MS = 500

/** @param faultOfStore what the store does wrong at the moment, in words */
export function createCallHook(
  ledger: Ledger,
  now: () => number,
  faultOfStore: () => string | undefined,
): Hooks['call'] {
  return async (invocation, fetch, input, init) => {
    const request = readStoreRequest(init)
    if (request === null) {
      const headers = new Headers(init?.headers)
      headers.set('x-evergram-invocation', invocation.name)
      return fetch(input, { ...init, headers })
    }
    return callStore(invocation, request, () => fetch(input, init), isBase64(init))
  }

  async function callStore(
    invocation: Invocation,
    request: StoreRequest,
    send: () => Promise<Response>,
    base64: boolean,
  ): Promise<Response> {
    const at = now()
    const fault = faultOfStore()
    const end = (answer: string, ok: boolean) => {
      const { operation } = request
      const ms = now() - at
      ledger.noteStore({ at, ms, operation, answer, ok, invocation: invocation.name })
      if (ok && ms < SLOW_MS && fault === undefined) return
      const updateId = updateOf(invocation, request)
      if (updateId === null) return
      const title = ok
        ? `the store took its time over ${operation}`
        : `the store failed ${operation}: ${answer}`
      const step: Step = { name: 'store', at, title, state: ok ? 'ok' : 'bad', ms, ...by(invocation) }
      ledger.timelines.add(updateId, { ...step, ...(fault === undefined ? {} : { fault }) })
    }
    try {
      const response = await send()
      const text = await response.clone().text()
      const words = response.ok ? readWords(text, base64) : null
      apply(invocation, request, words ?? [], at)
      end(words?.slice(0, 3).join(' ') ?? String(response.status), response.ok)
      return response
    } catch (error) {
      end(
        error instanceof Error ? (error.name === 'TimeoutError' ? 'no answer in time' : 'unreachable') : '',
        false,
      )
      throw error
    }
  }

  function apply(invocation: Invocation, request: StoreRequest, words: readonly string[], at: number): void {
    for (const { updateId, chatKey, name, title } of meaningOf(request, words)) {
      const id = updateId === '' ? (invocation.holds.get(chatKey) ?? Number.NaN) : Number(updateId)
      if (name === 'accepted') invocation.accepted = id
      if (name === 'leased') ledger.hold(invocation, chatKey, id)
      if (name === 'settled' || name === 'failed' || name === 'dead' || name === 'lost') {
        ledger.release(invocation, chatKey)
      }
      const state = name === 'failed' || name === 'dead' || name === 'lost' ? 'bad' : 'ok'
      const step: Step = { name, at: now(), title, state, ...by(invocation) }
      if (name !== 'leased') step.ms = now() - at
      ledger.timelines.add(id, step)
    }
  }
}

/** The update that a store call is about. */
export function updateOf(invocation: Invocation, { operation, args }: StoreRequest): number | null {
  const [, chatKey = '', updateId = ''] = args
  if (operation === 'accept' || operation === 'settle' || operation === 'fail') return Number(updateId)
  if (operation === 'renew') return invocation.holds.get(chatKey) ?? null
  if (operation === 'take') return invocation.held.get(chatKey) ?? null
  return null
}

const isBase64 = (init: RequestInit | undefined): boolean =>
  new Headers(init?.headers).get('upstash-encoding') === 'base64'
