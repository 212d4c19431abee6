/**
 * The frame of every call: take the account, open the session, one connection to Telegram, save, give back.
 * The MTProto library is imported only when Telegram is really asked.
 */
import type { Config } from '../config.ts'
import { HttpError, MtprotoRefused } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Outcome, Telegram } from '../mtproto/client.ts'
import type { SavedSession } from '../mtproto/saved.ts'
import type { Store } from '../redis.ts'
import type { Clock } from '../time.ts'
import { failureOf, httpErrorOf, waitError, type AccountFailure } from './failures.ts'
import { afterFailure, inLogin, kept } from './leave.ts'
import { giveAccount, NO_CHANGES, type Changes } from './give.ts'
import {
  openLogin,
  openSession,
  sealLogin,
  sealSession,
  type LoginRecord,
  type SessionRecord,
} from './records.ts'
import { takeAccount, type Rule, type Take } from './take.ts'

/** Under the 13 s within which every answer comes. */
const DEADLINE_MS = 11_000
/** How long to wait for another call before each further try; two of them. */
const BUSY_PAUSES_MS = [400, 800]

export interface AccountDeps {
  config: Pick<Config, 'telegramApi' | 'mtprotoServers' | 'accountKeys'>
  store: Store
  log: Logger
  clock: Clock
  newOwner(): string
}

/** The account as it was taken. */
export interface Taken {
  nowMs: number
  session: SessionRecord | null
  login: LoginRecord | null
}

/** What a call leaves behind. Records without their `session` get the one that the connection ended with. */
export interface Change<Answer> {
  answer: Answer
  connect?: Omit<Extract<SessionRecord, { kind: 'connected' }>, 'session' | 'saltsMs'>
  login?: Omit<LoginRecord, 'session'> | 'drop'
  /** Where `login` is a new one: how long it lasts. */
  loginMs?: number
  areGuessesNew?: boolean
}

export interface Plan<Answer> {
  /** The route, as the log names it. */
  route: string
  rule: Rule
  /** Of Telegram: their flood waits are answered from the store. */
  methods: readonly string[]
  /**
   * Looks at what is there before Telegram is asked.
   * @returns the session to begin with, or an answer that needs no Telegram
   * @throws HttpError
   */
  before(taken: Taken): { session: SavedSession | null } | { answer: Change<Answer> }
  /** @throws MtprotoRefused, MtprotoUnreachable, KeyUnknown */
  ask(telegram: Telegram, taken: Taken): Promise<Change<Answer>>
  /** Where a failure must not end the call: what is answered instead. */
  afterFailure?(failure: AccountFailure): Change<Answer> | null
  /** Forgets the session whatever Telegram says. */
  forgets?: boolean
}

/** One call while it runs. */
interface Call<Answer> {
  deps: AccountDeps
  operator: string
  /** Of the lock. */
  owner: string
  plan: Plan<Answer>
  startMs: number
  /** For the log. */
  told: { code: string; dc: number | null; new_key: boolean }
}

/**
 * @throws HttpError of the table in failures.ts, 429 busy, flood_wait, too_many
 * @throws StoreError
 */
export async function callAccount<Answer>(
  deps: AccountDeps,
  operator: string,
  plan: Plan<Answer>,
): Promise<Answer> {
  const told: Call<Answer>['told'] = { code: 'ok', dc: null, new_key: false }
  const startMs = deps.clock.monotonicMs()
  const call: Call<Answer> = { deps, operator, owner: deps.newOwner(), plan, startMs, told }
  try {
    return await hold(call, await take(call))
  } catch (error) {
    call.told.code = error instanceof HttpError ? error.code : 'failed'
    throw error
  } finally {
    const durationMs = Math.round(deps.clock.monotonicMs() - startMs)
    deps.log.info('account call', { method: plan.route, duration_ms: durationMs, ...call.told })
  }
}

type Held = Extract<Take, { word: 'taken' }>

async function take<Answer>({ deps: { store, clock }, operator, owner, plan }: Call<Answer>): Promise<Held> {
  const { rule, methods } = plan
  for (let tries = 0; ; tries++) {
    const reply = await takeAccount(store, operator, { owner, rule, methods })
    if (reply.word === 'taken') return reply
    if (reply.word === 'flood') throw waitError('flood_wait', reply.waitMs)
    if (reply.word === 'limited') throw waitError('too_many', reply.waitMs)
    const pauseMs = BUSY_PAUSES_MS[tries]
    if (pauseMs === undefined) throw waitError('busy', reply.waitMs)
    await clock.sleep(pauseMs)
  }
}

/** From the take to the give, whatever happens between them. */
async function hold<Answer>(call: Call<Answer>, held: Held): Promise<Answer> {
  const { deps, operator, plan } = call
  const keys = deps.config.accountKeys
  const session = openSession(keys, operator, held.session)
  const login = openLogin(keys, operator, held.login)
  const taken: Taken = { nowMs: held.nowMs, session: session.record, login: login.record }
  const sealed = (change: Change<Answer>, saved: SavedSession | null): Changes =>
    sealedChanges(call, { ...taken, isOld: session.isOld }, change, saved)

  let start: ReturnType<Plan<Answer>['before']>
  try {
    start = plan.before(taken)
  } catch (error) {
    await give(call, { ...NO_CHANGES, refund: plan.rule })
    throw error
  }
  if ('answer' in start) {
    await give(call, { ...sealed(start.answer, null), refund: plan.rule })
    return start.answer.answer
  }

  const outcome = await ask(call, start.session, taken)
  if (outcome.result.ok) {
    if (!(await give(call, sealed(outcome.result.value, outcome.session)))) throw waitError('busy', 0)
    return outcome.result.value.answer
  }
  const { error } = outcome.result
  const failure = failureOf(error)
  if (!failure) {
    const record = kept(taken, outcome.session, session.isOld)
    await give(call, record ? { ...NO_CHANGES, session: sealSession(keys, operator, record) } : NO_CHANGES)
    throw error
  }
  if (error instanceof MtprotoRefused && error.code === 'AUTH_KEY_DUPLICATED') {
    deps.log.error('the account’s lock failed: Telegram saw its key twice', { method: plan.route })
  }
  const instead = plan.afterFailure?.(failure)
  if (instead) {
    await give(call, sealed(instead, outcome.session))
    return instead.answer
  }
  await give(call, afterFailure(keys, operator, taken, outcome.session, { failure, error }))
  throw httpErrorOf(inLogin(failure, taken))
}

/** One connection to Telegram. */
async function ask<Answer>(
  { deps: { config, clock }, plan, startMs, told }: Call<Answer>,
  session: SavedSession | null,
  taken: Taken,
): Promise<Outcome<Change<Answer>>> {
  const { withTelegram } = await import('../mtproto/client.ts')
  const api = config.telegramApi ?? { id: 0, hash: '' }
  const deadlineMs = Math.max(1000, DEADLINE_MS - (clock.monotonicMs() - startMs))
  const options = { apiId: api.id, apiHash: api.hash, servers: config.mtprotoServers, session, deadlineMs }
  const outcome = await withTelegram(options, (telegram) => plan.ask(telegram, taken))
  told.dc = outcome.dc
  told.new_key = outcome.isNewKey
  return outcome
}

/** @returns false where another call has the account since: nothing was written */
async function give<Answer>(
  { deps, operator, owner, plan }: Call<Answer>,
  changes: Changes,
): Promise<boolean> {
  const isGiven = await giveAccount(deps.store, operator, owner, changes)
  if (!isGiven) deps.log.error('the account’s lock was lost', { method: plan.route })
  return isGiven
}

/** @param saved the session that the connection ended with; null where there was none */
function sealedChanges<Answer>(
  { deps, operator, plan }: Call<Answer>,
  taken: Taken & { isOld: boolean },
  { connect, login, loginMs, areGuessesNew = false }: Change<Answer>,
  saved: SavedSession | null,
): Changes {
  if (plan.forgets) return { ...NO_CHANGES, session: 'drop', login: 'drop' }
  const keys = deps.config.accountKeys
  const record: SessionRecord | null =
    connect && saved ? { ...connect, session: saved, saltsMs: taken.nowMs } : kept(taken, saved, taken.isOld)
  const nextLogin =
    login && login !== 'drop' ? sealLogin(keys, operator, { ...login, session: saved }) : login
  return {
    ...NO_CHANGES,
    session: record ? sealSession(keys, operator, record) : 'keep',
    login: nextLogin ?? 'keep',
    loginMs: loginMs ?? null,
    areGuessesNew,
  }
}
