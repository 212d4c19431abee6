/**
 * The frame of every call: take the account, open the session, one connection to Telegram, save, give back.
 * The MTProto library is imported only when Telegram is really asked.
 */
import type { Config } from '../config.ts'
import { HttpError, MtprotoRefused } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Telegram } from '../mtproto/client.ts'
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

/**
 * @throws HttpError of the table in failures.ts, 429 busy, flood_wait, too_many
 * @throws StoreError
 */
export async function callAccount<Answer>(
  deps: AccountDeps,
  operator: string,
  plan: Plan<Answer>,
): Promise<Answer> {
  const startMs = deps.clock.monotonicMs()
  const owner = deps.newOwner()
  const told = { code: 'ok', dc: null as number | null, new_key: false }
  try {
    const taken = await take(deps, operator, owner, plan)
    return await hold(deps, operator, owner, plan, taken, told, startMs)
  } catch (error) {
    told.code = error instanceof HttpError ? error.code : 'failed'
    throw error
  } finally {
    const durationMs = Math.round(deps.clock.monotonicMs() - startMs)
    deps.log.info('account call', { method: plan.route, duration_ms: durationMs, ...told })
  }
}

type Held = Extract<Take, { word: 'taken' }>

async function take<Answer>(
  { store, clock }: AccountDeps,
  operator: string,
  owner: string,
  { rule, methods }: Plan<Answer>,
): Promise<Held> {
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

async function hold<Answer>(
  deps: AccountDeps,
  operator: string,
  owner: string,
  plan: Plan<Answer>,
  held: Held,
  told: { dc: number | null; new_key: boolean },
  startMs: number,
): Promise<Answer> {
  const { config, store, log, clock } = deps
  const keys = config.accountKeys
  const session = openSession(keys, operator, held.session)
  const login = openLogin(keys, operator, held.login)
  const taken: Taken = { nowMs: held.nowMs, session: session.record, login: login.record }
  const give = async (changes: Changes): Promise<boolean> => {
    const isGiven = await giveAccount(store, operator, owner, changes)
    if (!isGiven) log.error('the account’s lock was lost', { method: plan.route })
    return isGiven
  }
  const sealed = (change: Change<Answer>, saved: SavedSession | null): Changes => ({
    ...NO_CHANGES,
    session: sessionText(change, saved),
    login: loginText(change, saved),
    loginMs: change.loginMs ?? null,
    areGuessesNew: change.areGuessesNew ?? false,
  })
  const sessionText = ({ connect }: Change<Answer>, saved: SavedSession | null): string => {
    if (plan.forgets) return 'drop'
    const record =
      connect && saved
        ? { ...connect, session: saved, saltsMs: taken.nowMs }
        : kept(taken, saved, session.isOld)
    return record ? sealSession(keys, operator, record) : 'keep'
  }
  const loginText = ({ login: next }: Change<Answer>, saved: SavedSession | null): string => {
    if (next === 'drop' || plan.forgets) return 'drop'
    return next ? sealLogin(keys, operator, { ...next, session: saved }) : 'keep'
  }

  let start: ReturnType<Plan<Answer>['before']>
  try {
    start = plan.before(taken)
  } catch (error) {
    await give({ ...NO_CHANGES, refund: plan.rule })
    throw error
  }
  if ('answer' in start) {
    await give({ ...sealed(start.answer, null), refund: plan.rule })
    return start.answer.answer
  }

  const { withTelegram } = await import('../mtproto/client.ts')
  const api = config.telegramApi ?? { id: 0, hash: '' }
  const outcome = await withTelegram(
    {
      apiId: api.id,
      apiHash: api.hash,
      servers: config.mtprotoServers,
      session: start.session,
      deadlineMs: Math.max(1000, DEADLINE_MS - (clock.monotonicMs() - startMs)),
    },
    (telegram) => plan.ask(telegram, taken),
  )
  told.dc = outcome.dc
  told.new_key = outcome.isNewKey
  if (outcome.result.ok) {
    if (!(await give(sealed(outcome.result.value, outcome.session)))) throw waitError('busy', 0)
    return outcome.result.value.answer
  }

  const { error } = outcome.result
  const failure = failureOf(error)
  if (!failure) {
    const record = kept(taken, outcome.session, session.isOld)
    await give(record ? { ...NO_CHANGES, session: sealSession(keys, operator, record) } : NO_CHANGES)
    throw error
  }
  if (error instanceof MtprotoRefused && error.code === 'AUTH_KEY_DUPLICATED') {
    log.error('the account’s lock failed: Telegram saw its key twice', { method: plan.route })
  }
  const instead = plan.afterFailure?.(failure)
  if (instead) {
    await give(sealed(instead, outcome.session))
    return instead.answer
  }
  await give(afterFailure(keys, operator, taken, outcome.session, { failure, error }))
  throw httpErrorOf(inLogin(failure, taken))
}
