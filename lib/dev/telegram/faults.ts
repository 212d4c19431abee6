import type { Fault, Faults } from './types.ts'

/** The faults that are set. A call takes the fault that matches it. */
export interface FaultTable extends Faults {
  /** Returns the fault for this call and counts it down. The most specific fault wins. */
  take(method: string, chatId: number | undefined): Fault | undefined
}

const DESCRIPTIONS: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden: bot was blocked by the user',
  404: 'Not Found',
  409: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

export function createFaults(): FaultTable {
  const set = new Map<string, { method: string; fault: Fault }>()
  const key = (method: string, chatId: number | undefined): string =>
    `${method.toLowerCase()} ${chatId ?? ''}`
  return {
    set(method, fault) {
      set.set(key(method, fault.chatId), { method, fault: { ...fault } })
    },
    clear(method) {
      for (const [name, entry] of set) {
        if (method === undefined || entry.method.toLowerCase() === method.toLowerCase()) set.delete(name)
      }
    },
    list: () => [...set.values()].map(({ method, fault }) => ({ method, fault: { ...fault } })),
    take(method, chatId) {
      const keys = [key(method, chatId), key(method, undefined), key('*', chatId), key('*', undefined)]
      const found = keys.find((name) => set.has(name))
      const entry = found === undefined ? undefined : set.get(found)
      if (found === undefined || entry === undefined) return undefined
      const { fault } = entry
      if (fault.times !== undefined) {
        fault.times -= 1
        if (fault.times < 1) set.delete(found)
      }
      return fault
    },
  }
}

/** Describes a fault in words. */
export function describeFault(fault: Fault): string {
  if (fault.hang !== undefined)
    return fault.hang === 'after' ? 'carried out, never answered' : 'never answered'
  if (fault.reset !== undefined)
    return fault.reset === 'after' ? 'carried out, connection cut' : 'connection cut'
  if (fault.htmlBody !== undefined) return `${fault.status ?? 502} as HTML`
  if (fault.truncated === true) return 'answer cut in half'
  const { status } = faultAnswer(fault)
  const wait = status === 429 ? `, retry after ${fault.retryAfterSeconds ?? 1} s` : ''
  return `${status}${wait}${fault.applied === true ? ', though carried out' : ''}`
}

/** The answer of a fault: its status and Telegram's JSON. */
export function faultAnswer(fault: Fault): { status: number; body: Record<string, unknown> } {
  const status = fault.status ?? 500
  const retryAfter = fault.retryAfterSeconds ?? (status === 429 ? 1 : undefined)
  const suffix = status === 429 && retryAfter !== undefined ? `: retry after ${retryAfter}` : ''
  const description = fault.description ?? `${DESCRIPTIONS[status] ?? 'Error'}${suffix}`
  const parameters = retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } }
  return { status, body: { ok: false, error_code: status, description, ...parameters } }
}
