/**
 * /account…: the operator's own Telegram account. Each operator has one and sees no other. Nothing here loads the
 * MTProto library: the call does, once it has the account and is about to ask Telegram.
 */
import * as z from 'zod'
import type { LoginStep } from '../contract.ts'
import { readChatName } from '../account/chat-name.ts'
import { readCursor } from '../account/chats.ts'
import { sendCode, verify } from '../account/code.ts'
import { endAccount, endLogin } from '../account/end.ts'
import { operatorOf } from '../account/operators.ts'
import { checkQr, startQr } from '../account/qr.ts'
import { readChats, readMessages, readUser } from '../account/read.ts'
import { accountState } from '../account/state.ts'
import { requireOperator } from '../auth/operator.ts'
import type { Actor } from '../auth/session.ts'
import { HttpError } from '../errors.ts'
import { readJson } from '../http/body.ts'
import { json } from '../http/route.ts'
import { startInvocation, type Invocation, type Surroundings } from '../invocation.ts'
import { alertAdmins } from '../operator/alerts.ts'
import type { AuditedAction } from '../operator/audit.ts'
import { telegramCallOf } from '../telegram.ts'
import { noteAudit } from './audited.ts'

const BODY_LIMIT = 4 * 1024
const Nothing = z.strictObject({})
const Phone = z.strictObject({ phone: z.string().min(1).max(40) })
const Guess = z.union([
  z.strictObject({ code: z.string().regex(/^[\p{L}\d -]{1,64}$/u) }),
  z.strictObject({ password: z.string().min(1).max(1024) }),
])

interface Asked {
  invocation: Invocation
  operator: string
  actor: Actor
  url: URL
}

type Work = (asked: Asked, request: Request) => Promise<Response>
type Endpoint = (request: Request, around: Surroundings) => Promise<Response>

/** Lets operators pass; the cron is none. What Telegram ended is told to all administrators. */
function endpoint(work: Work, { isOff = false } = {}): Endpoint {
  return async (request, around) => {
    const invocation = startInvocation(around)
    const { actor } = await requireOperator(request, invocation)
    if (actor === 'cron') throw new HttpError(401, 'unauthorized', 'The cron has no account')
    const asked = { invocation, actor, operator: operatorOf(actor), url: new URL(request.url) }
    if (!isOff && !invocation.config.telegramApi) {
      throw new HttpError(
        409,
        'account_off',
        'Set TELEGRAM_API_ID and TELEGRAM_API_HASH from https://my.telegram.org',
      )
    }
    try {
      return await work(asked, request)
    } catch (error) {
      if (error instanceof HttpError && error.code === 'session_revoked') await tellRevoked(asked)
      throw error
    }
  }
}

async function tellRevoked({ invocation, actor }: Asked): Promise<void> {
  await note({ invocation, actor }, 'account_revoked', 'ok')
  const { config, store, log } = invocation
  const call = telegramCallOf(config)
  const text = 'Telegram has ended the session of an operator’s account. See the panel under Account.'
  invocation.background(alertAdmins({ config, store, log, call }, 'account_revoked', text))
}

function note(
  { invocation, actor }: Pick<Asked, 'invocation' | 'actor'>,
  action: AuditedAction,
  result: string,
) {
  return noteAudit(invocation, { actor, action, target: null, result })
}

async function bodyOf<Body>(request: Request, schema: z.ZodType<Body>, hint: string): Promise<Body> {
  const body = schema.safeParse((await readJson(request, BODY_LIMIT)) ?? {})
  if (!body.success) throw new HttpError(422, 'bad_request', hint)
  return body.data
}

/** A step of a login, with its line in the audit: how it began, how it ended, never with whose number. */
async function step(
  asked: Asked,
  work: () => Promise<LoginStep>,
  action: AuditedAction | 'poll' | null,
): Promise<LoginStep> {
  try {
    const answer = await work()
    if (answer.state === 'connected') await note(asked, 'account_connected', 'ok')
    else if (action && action !== 'poll') await note(asked, action, answer.state)
    return answer
  } catch (error) {
    if (error instanceof HttpError && isNoted(error, action)) await note(asked, 'account_failed', error.code)
    throw error
  }
}

/** A page that polls could fill the audit with one failure: of its looks only those that end the login are noted. */
function isNoted({ status, code }: HttpError, action: AuditedAction | 'poll' | null): boolean {
  return status !== 429 && code !== 'no_login' && (action !== 'poll' || status < 500)
}

export const tellState = endpoint(
  async ({ invocation, operator }) => json(200, await accountState(invocation, operator)),
  { isOff: true },
)

export const startByQr = endpoint(async (asked, request) => {
  await bodyOf(request, Nothing, 'Send {}')
  const answer = await step(asked, () => startQr(asked.invocation, asked.operator), 'account_login')
  return json(answer.state === 'qr_waiting' ? 201 : 200, answer)
})

export const checkByQr = endpoint(async (asked, request) => {
  await bodyOf(request, Nothing, 'Send {}')
  return json(200, await step(asked, () => checkQr(asked.invocation, asked.operator), 'poll'))
})

export const startByCode = endpoint(async (asked, request) => {
  const { phone } = await bodyOf(request, Phone, 'Send {"phone":"+…"}')
  const digits = phone.replace(/[\s().-]/g, '').replace(/^(\+|00)/, '')
  if (!/^\d{5,15}$/.test(digits)) throw new HttpError(422, 'phone_invalid', 'This is not a phone number')
  const answer = await step(
    asked,
    () => sendCode(asked.invocation, asked.operator, `+${digits}`),
    'account_login',
  )
  return json(answer.state === 'code_sent' ? 202 : 200, answer)
})

export const guess = endpoint(async (asked, request) => {
  const body = await bodyOf(request, Guess, 'Send {"code":"…"} or {"password":"…"}')
  const given = 'code' in body ? { code: body.code.replace(/[ -]/g, '') } : body
  return json(200, await step(asked, () => verify(asked.invocation, asked.operator, given), null))
})

export const giveUp = endpoint(async (asked, request) => {
  await bodyOf(request, Nothing, 'Send {}')
  const answer = await endLogin(asked.invocation, asked.operator)
  await note(asked, 'account_ended', 'login')
  return json(200, answer)
})

export const end = endpoint(async (asked, request) => {
  await bodyOf(request, Nothing, 'Send {}')
  const answer = await endAccount(asked.invocation, asked.operator)
  await note(asked, 'account_ended', answer.ended_at_telegram ? 'ok' : 'incomplete')
  return json(200, answer)
})

export const tellUser = endpoint(async ({ invocation, operator }) =>
  json(200, await readUser(invocation, operator)),
)

export const listChats = endpoint(async ({ invocation, operator, url }) => {
  const limit = limitOf(url, 20)
  const text = url.searchParams.get('cursor')
  const cursor = text === null ? null : readCursor(text)
  if (text !== null && !cursor)
    throw new HttpError(422, 'bad_request', 'cursor must come from an answer of this path')
  return json(200, await readChats(invocation, operator, { limit, cursor }))
})

export const listMessages = endpoint(async ({ invocation, operator, url }) => {
  const limit = limitOf(url, 50)
  const peer = readChatName(url.pathname.split('/')[3] ?? '')
  if (!peer) throw new HttpError(404, 'no_such_chat', 'There is no such chat for this account')
  const before = url.searchParams.get('before')
  if (before !== null && !/^\d{1,10}$/.test(before))
    throw new HttpError(422, 'bad_request', 'before must be a message id')
  return json(200, await readMessages(invocation, operator, { peer, limit, before: Number(before ?? 0) }))
})

function limitOf({ searchParams }: URL, fallback: number): number {
  const text = searchParams.get('limit')
  const limit = text === null ? fallback : /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > 100) throw new HttpError(422, 'bad_request', 'limit must be from 1 to 100')
  return limit
}
