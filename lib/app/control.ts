/** What operators do: restart the bot, reset the error counter, sweep. */
import { HttpError } from '../errors.ts'
import type { Healed } from '../health/heal.ts'
import { resetErrors } from '../health/state.ts'
import { requireBearer } from '../http/auth.ts'
import { readJson } from '../http/body.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Surroundings } from './invocation.ts'
import { createWorker } from './worker.ts'

/** How long a second restart waits for the first to end, in milliseconds. */
const RESTART_WAIT_MS = 20_000

/**
 * POST /restart: re-initialises the bot and says what it did. A restart during another waits for its end and
 * then does its own, so that after an answer of 200 the bot was initialised after the question.
 */
export async function restart(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { config, clock, log } = invocation
  requireBearer(request, config.adminToken)
  await readJson(request)
  const worker = createWorker(invocation)
  const giveUpAt = clock.monotonicMs() + RESTART_WAIT_MS
  let healed = await worker.heal('restart')
  while (healed.word === 'busy' && clock.monotonicMs() < giveUpAt) {
    await clock.sleep(200)
    healed = await worker.heal('restart')
  }
  log.info('restart requested', { outcome: healed.word })
  if (healed.word === 'healed') invocation.background(worker.sweep(0).then(() => {}))
  if (healed.word === 'failed') invocation.background(worker.persist())
  return answerOf(healed)
}

function answerOf(healed: Healed): Response {
  if (healed.word === 'healed') {
    const warning = healed.steps.some(({ ok }) => !ok)
    return json(200, { restarted: true, epoch: healed.epoch, complete: !warning, steps: healed.steps })
  }
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
  return json(
    503,
    { error: { code, message }, restarted: false, steps: healed.steps },
    { 'retry-after': String(Math.ceil(healed.nextProbeMs / 1000)) },
  )
}

/** POST /reset-errors: zeroes the error counter. */
export async function resetErrorCounter(request: Request, around: Surroundings): Promise<Response> {
  const { config, store, log } = startInvocation(around)
  requireBearer(request, config.adminToken)
  await readJson(request)
  const before = await resetErrors(store)
  log.info('error counter reset', { error_count_before: before })
  return json(200, { reset: true, error_count: 0, error_count_before: before })
}

/** POST, GET /drain: probes and sweeps now, and answers when the mailboxes found were drained. */
export async function drainNow(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const { config, log } = invocation
  requireBearer(request, config.adminToken, config.cronSecret)
  if (request.method === 'POST') await readJson(request)
  const worker = createWorker(invocation)
  await worker.healAndDrain('probe')
  const mailboxes = (await worker.sweep(0)) ?? 0
  log.info('drained', { mailboxes })
  return json(200, { drained: true, mailboxes })
}
