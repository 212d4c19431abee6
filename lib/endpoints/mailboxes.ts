/** GET, POST /mailboxes: lists mailboxes with pending updates, and releases one that is stuck. */
import * as z from 'zod'
import type { Mailboxes, Released } from '../contract.ts'
import { HttpError } from '../errors.ts'
import { readSnapshot } from '../state/snapshot.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { findMailbox, listMailboxes, releaseMailbox } from '../inbox/mailboxes.ts'
import { iso } from '../time.ts'
import { startInvocation, type Surroundings } from '../invocation.ts'
import { audited } from './audited.ts'
import { sweepNow } from '../worker/worker.ts'

const SHOWN = 50

const Body = z.strictObject({ action: z.literal('release'), id: z.string().regex(/^[0-9a-f]{12}$/) })

/** Oldest first. A chat is named by the same hash as in the logs, never by its id. */
export async function listAll(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  await requireOperator(request, invocation)
  const { nowMs, total, mailboxes } = await listMailboxes(invocation.store, SHOWN)
  return json(200, {
    total,
    mailboxes: mailboxes.map((mailbox) => ({
      id: invocation.hash(mailbox.chatKey),
      state: mailbox.state,
      lease_owner: mailbox.leaseOwner,
      lease_until: iso(mailbox.leaseUntilMs),
      oldest_accepted_at: iso(mailbox.sinceMs),
      age_s: Math.max(0, Math.round((nowMs - mailbox.sinceMs) / 1000)),
      attempts: mailbox.attempts,
      next_retry_at: iso(mailbox.nextRetryAtMs),
      pending: mailbox.pending,
    })),
  } satisfies Mailboxes)
}

/** Releases a mailbox and sweeps, so that another worker takes it at once unless a breaker is open. */
export async function release(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { store, hash, background } = invocation
  const operator = await requireOperator(request, invocation)
  const body = Body.safeParse(await readJson(request))
  if (!body.success)
    throw new HttpError(422, 'bad_request', 'Send {"action":"release","id":"<12 hex digits>"}')
  const { id } = body.data
  return audited(invocation, operator, { action: 'release', target: id }, async () => {
    const { breaker } = await readSnapshot(store)
    const chatKey = await findMailbox(store, (name) => hash(name) === id)
    const word = chatKey === null ? 'gone' : await releaseMailbox(store, chatKey)
    if (word === 'gone') {
      throw new HttpError(404, 'no_such_mailbox', 'There is no mailbox with this id that holds updates')
    }
    background(sweepNow(invocation))
    const body: Released = { released: true, breaker: breaker || null }
    return { response: json(200, body), result: 'ok' }
  })
}
