/** Calls of the Bot API that tell how long they took: to the debug log, and to an observer. */
import type { Logger } from '../log.ts'
import type { Observer } from '../observer.ts'
import type { TelegramCall } from '../telegram.ts'
import { tenths, type Clock } from '../time.ts'

/** A line of the debug log for each call. */
export function loggedCall(call: TelegramCall, clock: Clock, log: Logger): TelegramCall {
  return timedCall(call, clock, (method, durationMs, error) => {
    const line = { method, duration_ms: tenths(durationMs) }
    if (error === null) log.debug('telegram called', line)
    else log.debug('telegram call failed', { ...line, error })
  })
}

/** An event for each call of the update. */
export function observedCall(
  call: TelegramCall,
  clock: Clock,
  observe: Observer,
  { updateId, chatKey }: { updateId: string; chatKey: string },
): TelegramCall {
  return timedCall(call, clock, (method, durationMs, error) =>
    observe({ event: 'called', updateId, chatKey, method, durationMs, error }),
  )
}

/** @param onEnd `error` is null where Telegram carried the call out */
function timedCall(
  call: TelegramCall,
  clock: Clock,
  onEnd: (method: string, durationMs: number, error: unknown) => void,
): TelegramCall {
  return async (method, params, options) => {
    const startedMs = clock.monotonicMs()
    const end = (error: unknown) => onEnd(method, clock.monotonicMs() - startedMs, error)
    try {
      const result = await call(method, params, options)
      end(null)
      return result
    } catch (error) {
      end(error)
      throw error
    }
  }
}
