/** GET, POST /dead-letters: list; replay or discard one, a group of one cause, or all. */
import * as z from 'zod'
import { HttpError } from '../errors.ts'
import { requireBearer } from '../http/auth.ts'
import { readJson } from '../http/body.ts'
import { json } from '../http/route.ts'
import { discard, listDeadLetters, replay, type DeadLetter } from '../inbox/dead-letters.ts'
import type { Store } from '../redis.ts'
import { startInvocation, type Surroundings } from './invocation.ts'
import { createWorker } from './worker.ts'

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
  const { config, store } = startInvocation(around)
  requireBearer(request, config.adminToken)
  const query = Query.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!query.success) {
    throw new HttpError(422, 'bad_query', `offset is 0 or more, count is 1 to ${PAGE_MAX}`)
  }
  const { total, dropped, bytes, letters } = await listDeadLetters(store, query.data)
  return json(200, { total, dropped, bytes, dead_letters: letters.map(shown) })
}

/**
 * Replays or discards. Each letter is moved by one atomic script, so a second click, or a second operator,
 * finds it gone and nothing happens twice.
 */
export async function act(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { config, store, log } = invocation
  requireBearer(request, config.adminToken)
  const body = Body.safeParse(await readJson(request))
  if (!body.success) {
    const message =
      'Send {"action":"replay"|"discard", one of "update_id", "fingerprint", "all":true, "dry_run"?}'
    throw new HttpError(422, 'bad_request', message)
  }
  const { action, dry_run: dryRun, ...which } = body.data
  const chosen = await choose(store, which)
  if (which.update_id !== undefined && chosen.length === 0) {
    throw new HttpError(404, 'no_such_dead_letter', 'There is no dead letter with this update_id')
  }
  let done = 0
  // Oldest first, so that a chat's replayed updates keep their order.
  for (const letter of dryRun ? [] : chosen.reverse()) {
    const word = action === 'replay' ? await replay(store, letter) : await discard(store, letter.updateId)
    if (word !== 'gone') done++
  }
  log.info('dead letters', { action, dry_run: dryRun, chosen: chosen.length, done })
  // Also where a lost answer made a replay look like nothing: what it moved needs a worker.
  if (action === 'replay' && !dryRun && chosen.length > 0)
    invocation.background(
      createWorker(invocation)
        .sweep(0)
        .then(() => {}),
    )
  return json(200, { action, dry_run: dryRun, matched: chosen.length, done })
}

async function choose(
  store: Store,
  which: { update_id?: string | undefined; fingerprint?: string | undefined },
): Promise<DeadLetter[]> {
  const chosen: DeadLetter[] = []
  for (let offset = 0; ; offset += PAGE_MAX) {
    const { letters } = await listDeadLetters(store, { offset, count: PAGE_MAX })
    chosen.push(
      ...letters.filter(
        ({ updateId, fingerprint }) =>
          (which.update_id ?? updateId) === updateId && (which.fingerprint ?? fingerprint) === fingerprint,
      ),
    )
    if (letters.length < PAGE_MAX) return chosen
  }
}

function shown(letter: DeadLetter) {
  return {
    update_id: letter.updateId,
    chat_key: letter.chatKey,
    died_at: new Date(letter.diedAtMs).toISOString(),
    accepted_at: letter.acceptedAtMs === null ? null : new Date(letter.acceptedAtMs).toISOString(),
    attempts: letter.attempts,
    replays: letter.replays,
    fingerprint: letter.fingerprint,
    cause: JSON.parse(letter.cause) as unknown,
    bytes: letter.bytes,
    payload: letter.payload,
  }
}
