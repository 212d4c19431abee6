/** POST, GET /drain: runs a probe and a sweep. */
import type { Drained } from '../contract.ts'
import { noteCron } from '../operator/cron.ts'
import { readSnapshot } from '../state/snapshot.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { audited } from './audited.ts'
import { nullOnFailure } from './null-on-failure.ts'
import { openWorker } from '../worker/worker.ts'
import { endRemovedAccounts } from './removed-accounts.ts'

/**
 * Probes, sweeps, and answers after the mailboxes found are drained. The cron sends GET. A GET with only a session
 * cookie is refused, because a link on any page could start a sweep.
 */
export async function drainNow(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const isPost = request.method === 'POST'
  const operator = await requireOperator(request, invocation, { cron: true, cookie: isPost })
  if (isPost) await readJson(request)
  if (operator.actor === 'cron') await nullOnFailure(invocation, noteCron(invocation.store))
  return audited(invocation, operator, { action: 'sweep' }, async () => {
    const worker = await openWorker(invocation)
    const healed = await worker.healAndDrain('probe')
    const mailboxes = healed + ((await worker.sweep(0)) ?? 0)
    await nullOnFailure(invocation, endRemovedAccounts(invocation))
    const left = mailboxes === 0 ? await nullOnFailure(invocation, leftBehind(invocation)) : null
    const body: Drained = { drained: true, mailboxes, left }
    return { response: json(200, body), result: String(mailboxes) }
  })
}

/** Why the sweep took no mailbox. */
async function leftBehind({ store }: Invocation): Promise<Drained['left']> {
  const { mailboxes, breaker } = await readSnapshot(store)
  return { mailboxes, breaker: breaker || null }
}
