/** Writes operators' actions to the audit log. */
import { HttpError, StoreError } from '../errors.ts'
import { appendAudit, type AuditEntry } from '../operator/audit.ts'
import type { Operator } from '../auth/operator.ts'
import type { Invocation } from '../invocation.ts'

export interface Done {
  response: Response
  /** A word, a code or a number, without any user's text. */
  result: string
}

/**
 * Runs an operator's action and writes the actor, the action and its result to the audit log, also after a failure.
 * Actions of the cron are not written: they would push the operators' actions out of the capped list.
 * @throws what the action throws
 */
export async function audited(
  invocation: Invocation,
  { actor }: Operator,
  { action, target = null }: { action: AuditEntry['action']; target?: string | null },
  work: () => Promise<Done>,
): Promise<Response> {
  const note = async (result: string, fault?: { error: unknown }) => {
    invocation.log[fault ? 'error' : 'info']('operator acted', { actor, action, target, result, ...fault })
    if (actor !== 'cron') await noteAudit(invocation, { actor, action, target, result })
  }
  try {
    const { response, result } = await work()
    await note(result)
    return response
  } catch (error) {
    if (error instanceof HttpError) await note(error.code)
    // The same code as in the operator's answer.
    else await note(error instanceof StoreError ? 'store_unavailable' : 'internal_error', { error })
    throw error
  }
}

/** Writes an entry. Does not throw: an action must not fail because of its audit entry. */
export async function noteAudit({ store, log }: Invocation, entry: AuditEntry): Promise<void> {
  try {
    await appendAudit(store, entry)
  } catch (error) {
    log.error('an operator’s action was not noted', { action: entry.action, error })
  }
}
