/** POST /reset-errors: zeroes the error counter. */
import { resetErrors } from '../state/bot-state.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Surroundings } from '../invocation.ts'
import { audited } from './audited.ts'

export async function resetErrorCounter(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const operator = await requireOperator(request, invocation)
  await readJson(request)
  return audited(invocation, operator, { action: 'reset_errors' }, async () => {
    const before = await resetErrors(invocation.store)
    const response = json(200, { reset: true, error_count: 0, error_count_before: before })
    return { response, result: String(before) }
  })
}
