/** Which operation a call of the store is. */
import { isCallOf, type Operation } from '../../lib/dev/store-calls.ts'
import type { StoreCall } from './fault-front.ts'

export type { Operation } from '../../lib/dev/store-calls.ts'

/** True when a call is this operation; with `word`, only where one of its keys or arguments ends with it. */
export function isCall({ body }: StoreCall, operation: Operation, word?: string): boolean {
  return isCallOf(body, operation, word)
}
