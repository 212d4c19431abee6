/** For work whose failure must not fail the operator's action. */
import type { Invocation } from '../invocation.ts'

/** Returns the result of the work; logs a failure and returns null. */
export async function nullOnFailure<T>({ log }: Invocation, work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    log.error('what an answer adds failed', { error })
    return null
  })
}
