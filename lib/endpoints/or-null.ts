/** Work whose failure must not fail the operator's action. */
import type { Invocation } from '../invocation.ts'

/** The work's result; null where it fails, after the failure is logged. */
export async function orNull<T>({ log }: Invocation, work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    log.error('what an answer adds failed', { error })
    return null
  })
}
