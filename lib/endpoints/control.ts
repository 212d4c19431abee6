/** What operators do: restart the bot, reset the error counter, sweep, pause and resume. */
import * as z from 'zod'
import type { Drained, Restarted } from '../contract.ts'
import { HttpError } from '../errors.ts'
import { noteCron } from '../operator/cron.ts'
import type { Healed } from '../worker/heal.ts'
import { isPaused, setPaused } from '../state/pause.ts'
import { readSnapshot } from '../state/snapshot.ts'
import { resetErrors } from '../state/bot-state.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { audited, type Done } from './operation.ts'
import { openWorker } from '../worker/worker.ts'

/** How long a second restart waits for the first to end, in milliseconds. */
const RESTART_WAIT_MS = 20_000

/**
 * POST /restart: re-initialises the bot and says what it did. A restart during another waits for its end and
 * then does its own, so that after an answer of 200 the bot was initialised after the question.
 * An operator's pause outlasts it; the answer says so.
 */
export async function restart(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { clock, store } = invocation
  const operator = await requireOperator(request, invocation)
  await readJson(request)
  return audited(invocation, operator, { action: 'restart' }, async () => {
    const worker = await openWorker(invocation)
    const giveUpAt = clock.monotonicMs() + RESTART_WAIT_MS
    let healed = await worker.heal('restart')
    while (healed.word === 'busy' && clock.monotonicMs() < giveUpAt) {
      await clock.sleep(200)
      healed = await worker.heal('restart')
    }
    if (healed.word === 'failed') invocation.background(worker.persist())
    if (healed.word !== 'healed') return answerOf(healed)
    invocation.background(worker.sweep(0).then(() => {}))
    const isComplete = healed.steps.every(({ ok }) => ok)
    const { epoch, steps } = healed
    const paused = await orNull(invocation, isPaused(store))
    const body: Restarted = { restarted: true, epoch, complete: isComplete, steps, paused }
    const response = json(200, body)
    return { response, result: isComplete ? 'ok' : 'incomplete' }
  })
}

/** What only adds to an action: where it fails, the action has not. */
async function orNull<T>({ log }: Invocation, work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    log.error('what an answer adds failed', { error })
    return null
  })
}

/** What is answered where the bot was not initialised. @throws HttpError where somebody else still is at it */
function answerOf(healed: Exclude<Healed, { word: 'healed' }>): Done {
  if (healed.word !== 'failed') {
    const retryAfter = String(Math.max(1, Math.ceil(healed.waitMs / 1000)))
    throw new HttpError(503, 'restart_in_progress', 'Another restart is still running', {
      'retry-after': retryAfter,
    })
  }
  const code = healed.status === 'UNAUTHORIZED' ? 'token_revoked' : 'telegram_unreachable'
  const message =
    healed.status === 'UNAUTHORIZED'
      ? 'Telegram refuses the bot token; get a valid one from BotFather'
      : 'Telegram did not answer; it will be tried again'
  const retryAfter = String(Math.ceil(healed.nextProbeMs / 1000))
  const body = { error: { code, message }, restarted: false, steps: healed.steps }
  return { response: json(503, body, { 'retry-after': retryAfter }), result: code }
}

/** POST /reset-errors: zeroes the error counter. */
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

/**
 * POST, GET /drain: probes and sweeps now, and answers when the mailboxes found were drained. The cron asks by
 * GET, so a cookie opens that one to nobody: a link must not be able to do it.
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

const Body = z.strictObject({ paused: z.boolean() })

/** POST /processing: pauses processing, while accepting goes on, or resumes it and sweeps what has gathered. */
export async function setProcessing(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const operator = await requireOperator(request, invocation)
  const body = Body.safeParse(await readJson(request))
  if (!body.success) throw new HttpError(422, 'bad_request', 'Send {"paused":true} or {"paused":false}')
  const { paused } = body.data
  return audited(invocation, operator, { action: paused ? 'pause' : 'resume' }, async () => {
    const changed = await setPaused(invocation.store, paused)
    // Also where it was running already: the answer to the click before may have been lost.
    if (!paused) invocation.background(resume(invocation))
    return { response: json(200, { paused, changed }), result: changed ? 'ok' : 'unchanged' }
  })
}

async function resume(invocation: Invocation): Promise<void> {
  const worker = await openWorker(invocation)
  // The bot may have failed meanwhile, and nobody probed for it.
  await worker.healAndDrain('probe')
  await worker.sweep(0)
}
