/**
 * The self-test: a synthetic update runs through the same code as Telegram's updates: the webhook's handler, the store,
 * a worker, the bot, a call of Telegram, and settle. The times come from the log lines of this invocation.
 */
import { randomInt } from 'node:crypto'
import { BREAKERS, type Proof, type ProofError, type ProofStep } from '../contract.ts'
import { PROOF_FIELD } from '../kit/gates/proof.ts'
import { StoreError } from '../errors.ts'
import { readSnapshot } from '../state/snapshot.ts'
import type { Invocation, Surroundings } from '../invocation.ts'
import { webhook } from './webhook.ts'

/** How long the test waits for the update after its 200, in milliseconds. */
const PATIENCE_MS = 20_000
/** First id of synthetic updates. Telegram's ids are far below. */
const FIRST_ID = 2 ** 52

type Line = Record<string, unknown>
type Level = 'debug' | 'info' | 'warn' | 'error'

/** Sends one synthetic update and waits until it ends. @throws StoreError where the bot's state cannot be read */
export async function prove(invocation: Invocation, around: Surroundings, origin: string): Promise<Proof> {
  const { config, clock } = invocation
  const updateId = FIRST_ID + randomInt(2 ** 47)
  const lines = recordLines(invocation, around, String(updateId))
  const request = new Request(`${origin}/webhook`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-telegram-bot-api-secret-token': config.webhookSecret,
    },
    body: JSON.stringify({ update_id: updateId, [PROOF_FIELD]: {} }),
  })
  const started = clock.monotonicMs()
  const since = () => Math.round((clock.monotonicMs() - started) * 10) / 10
  let status: number
  try {
    status = (await webhook(request, lines.around)).status
  } catch (error) {
    const code = error instanceof StoreError ? 'store_unavailable' : 'internal_error'
    return result([failed('accept', code, since())], since())
  }
  const answeredMs = since()
  const end = await Promise.race([lines.ended, clock.sleep(PATIENCE_MS, lines.signal).then(() => null)])
  lines.stop()
  const answer: ProofStep = {
    step: 'answer',
    ok: status === 200,
    ms: answeredMs,
    error: status === 200 ? null : `HTTP ${status}`,
  }
  const accept = acceptStep(lines.find('update received'))
  const rest = end?.['leased'] === false ? [await notTaken(invocation)] : workSteps(lines, end)
  return result([accept, answer, ...rest], since())
}

const ORDER = ['accept', 'answer', 'process', 'telegram', 'settle'] as const

/** All five steps; a step that was not reached has the error `not_reached`. */
function result(reached: readonly ProofStep[], totalMs: number): Proof {
  const steps = ORDER.map((step) => reached.find((one) => one.step === step) ?? failed(step, 'not_reached'))
  return { ok: steps.every(({ ok }) => ok), steps, total_ms: totalMs }
}

function failed(step: ProofStep['step'], error: ProofError, ms: number | null = null): ProofStep {
  return { step, ok: false, ms, error }
}

function acceptStep(line: Line | undefined): ProofStep {
  if (!line) return failed('accept', 'timeout')
  const isAccepted = line['outcome'] === 'accepted'
  return { step: 'accept', ok: isAccepted, ms: msOf(line), error: isAccepted ? null : 'internal_error' }
}

/** The update is accepted, but workers take no mailbox: it waits like all others. */
async function notTaken({ store }: Invocation): Promise<ProofStep> {
  const { breaker } = await readSnapshot(store)
  return failed('process', BREAKERS.find((known) => known === breaker) ?? 'not_taken')
}

function workSteps(lines: Lines, end: Line | null): ProofStep[] {
  // The last call is that of the test: an instance that initialises the bot calls getMe before it.
  const called = lines.last((line) => CALLS.includes(String(line['event'])) && line['method'] === 'getMe')
  const settled = lines.find('settled')
  const telegram: ProofStep[] = called
    ? [{ step: 'telegram', ok: !called['error'], ms: msOf(called), error: errorOf(called['error']) }]
    : []
  const isSettled = settled?.['word'] === 'settled'
  const settle: ProofStep[] = settled
    ? [{ step: 'settle', ok: isSettled, ms: msOf(settled), error: isSettled ? null : 'lease_lost' }]
    : []
  if (!end) return [failed('process', 'timeout', PATIENCE_MS), ...telegram, ...settle]
  const isProcessed = end['event'] === 'update processed'
  const error = end['event'] === 'lease lost' ? 'lease_lost' : (errorOf(end['error']) ?? 'internal_error')
  const ms = Math.max(0, msOf(end) - (settled ? msOf(settled) : 0))
  const process: ProofStep = { step: 'process', ok: isProcessed, ms, error: isProcessed ? null : error }
  return [process, ...telegram, ...settle]
}

const msOf = (line: Line) => Number(line['duration_ms'] ?? 0)

const CODES: Readonly<Record<string, ProofError>> = {
  TelegramUnreachable: 'telegram_unreachable',
  StoreError: 'store_unavailable',
  BotNotReady: 'bot_not_ready',
}

/** The code of a logged error; for a refusal, Telegram's description. Null where there is no error. */
function errorOf(error: unknown): string | null {
  if (!error) return null
  const { name, code, message } = error as Line
  if (name !== 'TelegramRefused') return CODES[String(name)] ?? ('internal_error' satisfies ProofError)
  if (code === 401 || code === 404) return 'token_revoked' satisfies ProofError
  return String(message).replace(/^Telegram refused \w+: /, '')
}

const CALLS = ['telegram called', 'telegram call failed']
/** Log events that end the test. */
const ENDS = ['update processed', 'update failed', 'lease lost', 'drain stopped', 'background work failed']

type Lines = ReturnType<typeof recordLines>

/** Surroundings that record the log at level `debug`. The deployment's own log keeps its level. */
function recordLines({ log, hash }: Invocation, around: Surroundings, updateId: string) {
  const lines: Line[] = []
  const stopper = new AbortController()
  let finish: (line: Line) => void = () => {}
  const ended = new Promise<Line>((resolve) => {
    finish = resolve
  })
  const own: Line = { update_id: updateId, chat: hash(`update:${updateId}`) }
  const write = (text: string) => {
    const { level, time: _, event, ...fields } = JSON.parse(text) as Line & { level: Level; event: string }
    log[level](event, fields)
    // Skip lines of other mailboxes: the same invocation may sweep them.
    if (Object.entries(own).some(([name, value]) => (fields[name] ?? value) !== value)) return
    const line = { event, ...fields }
    lines.push(line)
    const isWaiting = event === 'update received' && fields['leased'] === false
    if (isWaiting || ENDS.includes(event)) finish(line)
  }
  return {
    around: { ...around, env: { ...around.env, LOG_LEVEL: 'debug' }, write },
    ended,
    signal: stopper.signal,
    stop: () => stopper.abort(),
    last: (is: (line: Line) => boolean) => lines.findLast(is),
    find: (event: string) => lines.findLast((line) => line['event'] === event),
  }
}
