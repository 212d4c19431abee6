/**
 * POST /webhook. Before the 200: one round trip to the store, and no import of telegraf or zod. Everything else
 * happens after it, while the platform keeps the function alive.
 */
import { fingerprint, type Config } from '../config.ts'
import { HttpError, StoreError } from '../errors.ts'
import { isBroken } from '../state/bot-state.ts'
import { isToldSecret } from '../webhook/secret.ts'
import { sameSecret } from '../auth/secrets.ts'
import { readText } from '../http/body.ts'
import { json } from '../http/route.ts'
import { accept, type Accepted } from '../inbox/accept.ts'
import { keepMalformed } from '../inbox/malformed.ts'
import type { CallOptions } from '../redis.ts'
import { readUpdate, type IncomingUpdate } from '../inbox/update.ts'
import { SWEEP_INTERVAL_MS, startInvocation, type Invocation, type Surroundings } from '../invocation.ts'

/** Telegram's updates are a few kilobytes; Vercel itself refuses bodies over 4.5 MB. */
const BODY_LIMIT = 1024 * 1024
/**
 * Limit of one try of accept: a little over half of the time for all tries, so that two fit. Telegram waits up to 60 s
 * for an answer, but after a quick 503 it delivers again sooner.
 */
const tryLimits = ({ storeLimits }: Config) => ({ timeoutMs: Math.ceil(storeLimits.totalMs * 0.55) })
/** After a 503 with an unknown outcome: how long the invocation retries accept, in milliseconds. */
const RESOLVE_MS = 30_000

export async function webhook(request: Request, around: Surroundings): Promise<Response> {
  const invocation = startInvocation(around)
  const started = invocation.clock.monotonicMs()
  await authenticate(request, invocation)
  const { text, cut } = await readText(request, BODY_LIMIT)
  const update = cut
    ? { ok: false as const, reason: 'larger than 1 MB' }
    : readUpdate(text, invocation.config.botId)
  if (!update.ok) return refuse(invocation, update.reason, text)

  const { updateId, chatKey } = update
  invocation.observe({ event: 'received', updateId, chatKey })
  const call = accepter(invocation, update, text)
  try {
    const accepted = await call(tryLimits(invocation.config))
    const atMs = invocation.clock.monotonicMs()
    tell(invocation, update, accepted, atMs - started)
    // Registered before the answer, started after it: neither the log line nor the imports of the work delay the 200.
    invocation.background(
      new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        note(invocation, update, accepted, atMs - started)
        return followUp(invocation, update, accepted, atMs, atMs - started)
      }),
    )
    return json(200, { ok: true })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    invocation.log.error('update not accepted', { update_id: update.updateId, error })
    // The update may be accepted without a worker, and Telegram's next delivery would then be a duplicate. After the
    // answer, the same owner repeats the call until it knows the outcome.
    if (!error.definite) invocation.background(resolveLater(invocation, update, call))
    throw error
  }
}

async function authenticate(request: Request, { config, store }: Invocation): Promise<void> {
  const given = request.headers.get('x-telegram-bot-api-secret-token')
  if (sameSecret(given, config.webhookSecret)) return
  const wellFormed = given !== null && /^[\w-]{1,256}$/.test(given)
  if (wellFormed && (await isToldSecret(store, fingerprint(given)).catch(() => false))) return
  throw new HttpError(401, 'unauthorized', 'The webhook secret is missing or wrong')
}

/** Answers a malformed body with 200: after any other status, Telegram would send it again for a day. */
async function refuse(invocation: Invocation, reason: string, body: string): Promise<Response> {
  const { config, store, log, redact } = invocation
  const count = await keepMalformed(store, reason, redact(body), tryLimits(config))
  log.warn('malformed update', { reason, bytes: body.length, count })
  return json(200, { ok: true, ignored: reason })
}

function accepter(invocation: Invocation, update: IncomingUpdate, payload: string) {
  const { config, store } = invocation
  const settings = {
    owner: invocation.newOwner(),
    leaseMs: config.leaseMs,
    rateLimit: config.rateLimit,
    sweepIntervalMs: SWEEP_INTERVAL_MS,
  }
  return (limits: CallOptions) => accept(store, update, payload, settings, limits)
}

function tell(
  { observe }: Invocation,
  { updateId, chatKey }: IncomingUpdate,
  { word, lease }: Accepted,
  durationMs: number,
): void {
  const isNew = word === 'accepted'
  observe({ event: 'accepted', updateId, chatKey, isNew, leased: lease !== null, durationMs })
}

function note(invocation: Invocation, update: IncomingUpdate, accepted: Accepted, durationMs: number): void {
  invocation.log.info('update received', {
    update_id: update.updateId,
    chat: invocation.hash(update.chatKey),
    outcome: accepted.word,
    leased: accepted.lease !== null,
    epoch: accepted.bot.epoch,
    duration_ms: Math.round(durationMs),
  })
}

/** Does the work that the acceptance left. Imports the worker only if there is work. */
async function followUp(
  invocation: Invocation,
  update: IncomingUpdate,
  accepted: Accepted,
  atMs: number,
  ackMs?: number,
): Promise<void> {
  const { lease, expired, sweepDue, waitMs, bot } = accepted
  if (!lease && !expired && !sweepDue && !isBroken(bot) && waitMs === 0) return
  const { openWorker } = await import('../worker/worker.ts')
  await (await openWorker(invocation)).follow(update, accepted, atMs, ackMs)
}

async function resolveLater(
  invocation: Invocation,
  update: IncomingUpdate,
  call: (limits: CallOptions) => Promise<Accepted>,
): Promise<void> {
  const started = invocation.clock.monotonicMs()
  const accepted = await call({ ...tryLimits(invocation.config), totalMs: RESOLVE_MS })
  invocation.log.info('acceptance resolved', { update_id: update.updateId })
  const atMs = invocation.clock.monotonicMs()
  tell(invocation, update, accepted, atMs - started)
  note(invocation, update, accepted, atMs - started)
  await followUp(invocation, update, accepted, atMs)
}
