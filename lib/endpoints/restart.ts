/** POST /restart: re-initialises the bot. */
import type { Restarted } from '../contract.ts'
import { HttpError } from '../errors.ts'
import type { Healed } from '../worker/heal.ts'
import { isPaused } from '../state/pause.ts'
import { readJson } from '../http/body.ts'
import { requireOperator } from '../auth/operator.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Surroundings } from '../invocation.ts'
import { audited, type Done } from './audited.ts'
import { nullOnFailure } from './null-on-failure.ts'
import { openWorker } from '../worker/worker.ts'

/** How long a second restart waits for the first to end, in milliseconds. */
const RESTART_WAIT_MS = 20_000

/**
 * Re-initialises the bot and answers with the steps. A restart during another one waits for it and then runs its own,
 * so a 200 always means that the initialisation began after the request. An operator's pause stays in force; the
 * answer shows it.
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
    const paused = await nullOnFailure(invocation, isPaused(store))
    const body: Restarted = { restarted: true, epoch, complete: isComplete, steps, paused }
    const response = json(200, body)
    return { response, result: isComplete ? 'ok' : 'incomplete' }
  })
}

/** The answer where the bot was not initialised. @throws HttpError 503 while another restart is running */
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
      : 'Telegram did not answer; the bot retries by itself'
  const retryAfter = String(Math.ceil(healed.nextProbeMs / 1000))
  const body = { error: { code, message }, restarted: false, steps: healed.steps }
  return { response: json(503, body, { 'retry-after': retryAfter }), result: code }
}
