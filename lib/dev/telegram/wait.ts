import type { World } from './world.ts'

/**
 * Calls `look` now and after every change of the world until it returns something.
 * @returns undefined after `timeoutMs` (real time), or when `signal` aborts
 * @throws what `look` throws.
 */
export async function waitForChange<T>(
  world: World,
  look: () => T | undefined,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const first = look()
  if (first !== undefined || timeoutMs <= 0 || signal?.aborted === true) return first
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      clearTimeout(timer)
      world.signals.off('change', onChange)
      signal?.removeEventListener('abort', onAbort)
      end()
    }
    const onChange = (): void => {
      try {
        const found = look()
        if (found !== undefined) finish(() => resolve(found))
      } catch (error) {
        finish(() => reject(error))
      }
    }
    const onAbort = (): void => finish(() => resolve(undefined))
    const timer = setTimeout(onAbort, timeoutMs)
    world.signals.on('change', onChange)
    signal?.addEventListener('abort', onAbort)
  })
}
