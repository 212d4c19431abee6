/** POST, GET /drain: a probe and a sweep at once. */
import type { Drained } from '../contract.ts'
import { noteCron } from '../operator/cron.ts'
import { readSnapshot } from '../state/snapshot.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { audited } from './audited.ts'
import { orNull } from './or-null.ts'
import { openWorker } from '../worker/worker.ts'
import { endRemovedAccounts } from './removed-accounts.ts'

/**
 * Probes, sweeps, and answers when the mailboxes found are drained. The cron sends GET. A session cookie is not
 * enough for GET, because a link on any page could then start a sweep.
 */
export async function drainNow(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const isPost = request.method === 'POST'
  const operator = await requireOperator(request, invocation, { cron: true, cookie: isPost })
  if (isPost) await readJson(request)
  if (operator.actor === 'cron') await orNull(invocation, noteCron(invocation.store))
  return audited(invocation, operator, { action: 'sweep' }, async () => {
    const worker = await openWorker(invocation)
    const healed = await worker.healAndDrain('probe')
    const mailboxes = healed + ((await worker.sweep(0)) ?? 0)
    await orNull(invocation, endRemovedAccounts(invocation))
    const left = mailboxes === 0 ? await orNull(invocation, leftBehind(invocation)) : null
    const body: Drained = { drained: true, mailboxes, left }
    return { response: json(200, body), result: String(mailboxes) }
  })
}

/** Why nothing was taken. */
async function leftBehind({ store }: Invocation): Promise<Drained['left']> {
  const { mailboxes, breaker } = await readSnapshot(store)
  return { mailboxes, breaker: breaker || null }
}
