/** POST /processing: pause and resume processing. */
import * as z from 'zod'
import { HttpError } from '../errors.ts'
import { setPaused } from '../state/pause.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { audited } from './audited.ts'
import { openWorker } from '../worker/worker.ts'

const Body = z.strictObject({ paused: z.boolean() })

/** Pauses processing (updates are still accepted), or resumes it and sweeps the waiting updates. */
export async function setProcessing(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const operator = await requireOperator(request, invocation)
  const body = Body.safeParse(await readJson(request))
  if (!body.success) throw new HttpError(422, 'bad_request', 'Send {"paused":true} or {"paused":false}')
  const { paused } = body.data
  return audited(invocation, operator, { action: paused ? 'pause' : 'resume' }, async () => {
    const changed = await setPaused(invocation.store, paused)
    // Also if processing was not paused: the answer to an earlier request may have been lost.
    if (!paused) invocation.background(resume(invocation))
    return { response: json(200, { paused, changed }), result: changed ? 'ok' : 'unchanged' }
  })
}

async function resume(invocation: Invocation): Promise<void> {
  const worker = await openWorker(invocation)
  // The bot may have failed during the pause, when no probe ran.
  await worker.healAndDrain('probe')
  await worker.sweep(0)
}
