/** The one place where operators' actions are noted. */
import { HttpError, StoreError } from '../errors.ts'
import { appendAudit, type AuditEntry } from '../health/audit.ts'
import type { Operator } from '../http/operator.ts'
import type { Invocation } from './invocation.ts'

export interface Done {
  response: Response
  /** A word or a short sentence without any user's text. */
  result: string
}

/**
 * Runs an operator's action and notes who did what, and what came of it, whether it succeeded or not.
 * The cron's are not noted: they would push the operators' out of the list.
 * @throws what the action throws
 */
export async function audited(
  invocation: Invocation,
  { actor }: Operator,
  { action, target = null }: { action: AuditEntry['action']; target?: string | null },
  work: () => Promise<Done>,
): Promise<Response> {
  const note = async (result: string) => {
    invocation.log.info('operator acted', { actor, action, target, result })
    if (actor !== 'cron') await noteAudit(invocation, { actor, action, target, result })
  }
  try {
    const { response, result } = await work()
    await note(result)
    return response
  } catch (error) {
    const isNamed = error instanceof HttpError || error instanceof StoreError
    await note(isNamed ? error.code : 'internal_error')
    throw error
  }
}

/** Notes an entry; an action never fails because it could not be noted. */
export async function noteAudit({ store, log }: Invocation, entry: AuditEntry): Promise<void> {
  try {
    await appendAudit(store, entry)
  } catch (error) {
    log.error('an operator’s action was not noted', { action: entry.action, error })
  }
}
