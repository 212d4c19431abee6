/** GET, POST /dead-letters: list; replay or discard one, a group of one cause, or all. */
import * as z from 'zod'
import type * as Answers from '../contract.ts'
import { HttpError, StoreError } from '../errors.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { errorAnswer, json } from '../http/route.ts'
import { groupDeadLetters, listDeadLetters, listHeads, type DeadLetter } from '../inbox/dead-letter-list.ts'
import { discard, inBatches, replay } from '../inbox/dead-letters.ts'
import { iso } from '../time.ts'
import { startInvocation, type Surroundings } from '../invocation.ts'
import { audited } from './audited.ts'
import { sweepNow } from '../worker/worker.ts'

const PAGE_MAX = 200

const Query = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  count: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
})

const Body = z
  .strictObject({
    action: z.enum(['replay', 'discard']),
    update_id: z
      .union([z.string().regex(/^\S{1,64}$/), z.int()])
      .transform(String)
      .optional(),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{12}$/)
      .optional(),
    all: z.literal(true).optional(),
    dry_run: z.boolean().default(false),
  })
  .refine(
    ({ update_id, fingerprint, all }) =>
      [update_id, fingerprint, all].filter((x) => x !== undefined).length === 1,
  )

/** The list, newest first, with the payload: an operator must see what a replay would do. */
export async function list(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { store } = invocation
  await requireOperator(request, invocation)
  const query = Query.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!query.success) {
    throw new HttpError(422, 'bad_query', `offset is 0 or more, count is 1 to ${PAGE_MAX}`)
  }
  // The groups are over all letters, so only the first page has them.
  const [page, groups] = await Promise.all([
    listDeadLetters(store, query.data),
    query.data.offset === 0 ? groupDeadLetters(store) : null,
  ])
  const { total, dropped, bytes, letters } = page
  return json(200, {
    total,
    dropped,
    bytes,
    dead_letters: letters.map(shown),
    ...(groups && {
      groups: groups.map(({ fingerprint, count, cause, newestAtMs }) => ({
        fingerprint,
        count,
        cause: readCause(cause),
        newest_at: new Date(newestAtMs).toISOString(),
      })),
    }),
  } satisfies Answers.DeadLetters)
}

/**
 * Replays or discards. Atomic scripts move the letters in batches, so a second click or a second operator finds them
 * gone, and nothing happens twice. If the store fails midway, the operator repeats the request for the rest.
 */
export async function act(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { store } = invocation
  const operator = await requireOperator(request, invocation)
  const body = Body.safeParse(await readJson(request))
  if (!body.success) {
    const message =
      'Send {"action":"replay"|"discard", one of "update_id", "fingerprint", "all":true, "dry_run"?}'
    throw new HttpError(422, 'bad_request', message)
  }
  const { action, dry_run: dryRun, ...which } = body.data
  const heads = await listHeads(store, which.update_id)
  const chosen = heads.filter(({ fingerprint }) => (which.fingerprint ?? fingerprint) === fingerprint)
  if (which.update_id !== undefined && chosen.length === 0) {
    throw new HttpError(404, 'no_such_dead_letter', 'There is no dead letter with this update_id')
  }
  const matched = chosen.length
  if (dryRun) return json(200, { action, dry_run: true, matched, done: 0 } satisfies Answers.Moved)
  const target = which.update_id ?? which.fingerprint ?? '*'
  return audited(invocation, operator, { action, target }, async () => {
    let done = 0
    try {
      // Oldest first, so that a chat's replayed updates keep their order.
      for (const batch of inBatches(chosen.toReversed())) {
        const ids = batch.map(({ updateId }) => updateId)
        done += action === 'replay' ? await replay(store, ...batch) : await discard(store, ...ids)
      }
    } catch (error) {
      if (!(error instanceof StoreError) || done === 0) throw error
      invocation.log.error('dead letters moved in part', { action, done, matched, error })
      const message = `At least ${done} of ${matched} are done, then the store failed; repeat the request for the rest`
      return {
        response: errorAnswer(new HttpError(503, 'partly_done', message, { 'retry-after': '5' })),
        result: `${done}/${matched}`,
      }
    } finally {
      // Also after a failure: a call without an answer may have moved letters, and they need a worker.
      if (action === 'replay' && matched > 0) invocation.background(sweepNow(invocation))
    }
    const response = json(200, { action, dry_run: false, matched, done } satisfies Answers.Moved)
    return { response, result: `${done}/${matched}` }
  })
}

function shown(letter: DeadLetter): Answers.DeadLetter {
  return {
    update_id: letter.updateId,
    chat_key: letter.chatKey,
    died_at: new Date(letter.diedAtMs).toISOString(),
    accepted_at: iso(letter.acceptedAtMs),
    attempts: letter.attempts,
    replays: letter.replays,
    fingerprint: letter.fingerprint,
    cause: readCause(letter.cause),
    bytes: letter.bytes,
    payload: letter.payload,
  }
}

const Cause = z.looseObject({
  name: z.string().optional(),
  code: z.union([z.string(), z.number()]).optional(),
  message: z.string().optional(),
})

/** Parses a cause. An unreadable one becomes the message. */
function readCause(text: string): Answers.Cause {
  try {
    return Cause.parse(JSON.parse(text))
  } catch {
    return { message: text }
  }
}
