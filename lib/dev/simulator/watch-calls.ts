/** Watches an invocation's calls of the store, and marks its calls of the emulator with its name. */
import type { Hooks, Invocation } from './invocations.ts'
import { by, type Ledger } from './ledger.ts'
import { readStoreRequest, readWords, type StoreRequest } from './store-words.ts'
import type { Step } from './wire.ts'

/** A store call that succeeds and meets no fault gets a step of its own from this duration on, in milliseconds. */
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
}

/** The scripts whose call is about one mailbox, which an argument names. */
const OF_A_MAILBOX = ['renew', 'settle', 'fail', 'take']

/** The update that a store call is about, as far as the invocation's events say. */
export function updateOf(invocation: Invocation, request: StoreRequest): number | null {
  if (request.operation === 'accept') return invocation.own
  const chatKey = mailboxOf(invocation, request)
  return chatKey === null ? null : (invocation.held.get(chatKey) ?? null)
}

/** The mailbox that a store call is about, where the invocation has worked on it. */
export function mailboxOf(invocation: Invocation, { operation, args }: StoreRequest): string | null {
  if (!OF_A_MAILBOX.includes(operation)) return null
  return args.find((argument) => invocation.held.has(argument)) ?? null
}

const isBase64 = (init: RequestInit | undefined): boolean =>
  new Headers(init?.headers).get('upstash-encoding') === 'base64'
