import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseParameters, readBody } from './body.ts'
import { ApiError } from './errors.ts'
import { describeFault, faultAnswer, type FaultTable } from './faults.ts'
import { findFileByPath } from './files.ts'
import { findMethod, type MethodName } from './methods-table.ts'
import * as chats from './methods/chats.ts'
import * as commands from './methods/commands.ts'
import * as files from './methods/files.ts'
import * as messages from './methods/messages.ts'
import * as webhook from './methods/webhook.ts'
import { coerceParameters, withoutBytes, type Params } from './parameters.ts'
import { WithDescription } from './result.ts'
import type { CallRecord, Fault } from './types.ts'
import { record, type World } from './world.ts'

type Handler = (world: World, params: Params, signal: AbortSignal) => unknown

const HANDLERS: Record<MethodName, Handler> = {
  getMe: chats.getMe,
  setWebhook: webhook.setWebhook,
  deleteWebhook: webhook.deleteWebhook,
  getWebhookInfo: webhook.getWebhookInfo,
  getUpdates: webhook.getUpdates,
  setMyCommands: commands.setMyCommands,
  getMyCommands: commands.getMyCommands,
  deleteMyCommands: commands.deleteMyCommands,
  sendMessage: messages.sendMessage,
  editMessageText: messages.editMessageText,
  editMessageReplyMarkup: messages.editMessageReplyMarkup,
  deleteMessage: messages.deleteMessage,
  answerCallbackQuery: chats.answerCallbackQuery,
  sendChatAction: chats.sendChatAction,
  setMessageReaction: chats.setMessageReaction,
  getChat: chats.getChat,
  getFile: files.getFile,
  sendDocument: files.sendDocument,
  sendPhoto: files.sendPhoto,
  sendVoice: files.sendVoice,
  setChatMenuButton: chats.setChatMenuButton,
}

export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  /** Aborts when the client disconnects or the emulator closes. */
  signal: AbortSignal
}

interface Answer {
  status: number
  body: Record<string, unknown>
}

const refusal = (code: number, description: string, parameters?: Record<string, unknown>): Answer => ({
  status: code,
  body: { ok: false, error_code: code, description, ...(parameters === undefined ? {} : { parameters }) },
})

/** Serves `/bot<token>/<method>`. */
export async function serveMethod(
  world: World,
  faults: FaultTable,
  latencyMs: number,
  exchange: Exchange,
  path: { token: string; method: string },
): Promise<void> {
  const { request, url, signal } = exchange
  const call: CallRecord = { method: path.method, params: {}, at: world.now(), status: null }
  const { 'x-evergram-invocation': invocation } = request.headers
  if (typeof invocation === 'string') call.invocation = invocation
  const started = performance.now()
  const name = findMethod(path.method)
  let params: Params = {}
  exchange.response.on('close', () => {
    call.ms = performance.now() - started
    world.signals.emit('observed', { kind: 'call', call })
  })
  if (name !== 'getUpdates') {
    world.openCalls += 1
    exchange.response.on('close', () => {
      world.openCalls -= 1
    })
  }
  let answer: Answer | undefined
  try {
    const body = await readBody(request)
    const raw = parseParameters(url.searchParams, request.headers['content-type'] ?? '', body)
    call.params = Object.fromEntries(raw.values)
    if (path.token === world.token && world.revoked) call.fault = 'token revoked'
    if (path.token !== world.token || world.revoked) throw new ApiError(401, 'Unauthorized')
    if (name === undefined) {
      world.violations.push(`unknown method "${path.method}"`)
      throw new ApiError(404, 'Not Found')
    }
    call.method = name
    params = coerceParameters(name, raw, (what) => world.violations.push(what))
    call.params = withoutBytes(params)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    answer = refusal(error.code, error.message, error.parameters)
  }
  record(world, world.calls, call)
  const refused = answer?.status === 401 || answer?.status === 404
  const fault = refused ? undefined : faults.take(call.method, params.chat_id as number | undefined)
  if (fault !== undefined) call.fault = describeFault(fault)
  world.signals.emit('observed', { kind: 'call', call })
  if (name !== undefined && isCarriedOut(fault)) answer ??= await run(world, name, params, signal)
  if (latencyMs > 0) await sleep(latencyMs, undefined, { signal }).catch(() => undefined)
  if (fault === undefined) finish(world, exchange, call, answer ?? refusal(500, 'Internal Server Error'))
  else misbehave(world, exchange, call, fault, answer)
}

function isCarriedOut(fault: Fault | undefined): boolean {
  if (fault === undefined) return true
  const { hang, reset, truncated, applied } = fault
  return hang === 'after' || reset === 'after' || truncated === true || applied === true
}

/** Turns a thrown ApiError into its answer. */
async function refuse(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return refusal(error.code, error.message, error.parameters)
  }
}

async function run(world: World, name: MethodName, params: Params, signal: AbortSignal): Promise<Answer> {
  return refuse(async () => {
    const result = await HANDLERS[name](world, params, signal)
    const body =
      result instanceof WithDescription
        ? { ok: true, result: result.result, description: result.description }
        : { ok: true, result }
    return { status: 200, body }
  })
}

/** Runs the call in a webhook's answer: `{ "method": "sendMessage", … }`. */
export async function runWebhookReply(world: World, body: string): Promise<void> {
  let parsed: Record<string, unknown>
  try {
    parsed = JSON.parse(body) as Record<string, unknown>
  } catch {
    return
  }
  const name = findMethod(String(parsed.method))
  if (name === undefined) return
  const call: CallRecord = { method: name, params: parsed, at: world.now(), status: null }
  record(world, world.calls, call)
  const raw = { values: new Map(Object.entries(parsed)), uploads: new Map() }
  const answer = await refuse(async () => {
    const params = coerceParameters(name, raw, (what) => world.violations.push(what))
    call.params = params
    return run(world, name, params, AbortSignal.abort())
  })
  call.status = answer.status
  if (answer.body.ok === false) call.error = String(answer.body.description)
  else call.result = answer.body.result
  world.signals.emit('observed', { kind: 'call', call })
  world.signals.emit('change')
}

function finish(world: World, { response }: Exchange, call: CallRecord, answer: Answer, text?: string): void {
  call.status = answer.status
  if (answer.body.ok === false) call.error = String(answer.body.description)
  else call.result = answer.body.result
  world.signals.emit('change')
  const retryAfter = (answer.body.parameters as { retry_after?: number } | undefined)?.retry_after
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter))
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  response.end(text ?? JSON.stringify(answer.body))
}

/** Sends no answer until the client disconnects or the emulator closes. */
function leaveHanging({ response, signal }: Exchange): void {
  if (signal.aborted) response.destroy()
  else signal.addEventListener('abort', () => response.destroy(), { once: true })
}

function misbehave(
  world: World,
  exchange: Exchange,
  call: CallRecord,
  fault: Fault,
  answer: Answer | undefined,
): void {
  if (fault.hang !== undefined) {
    leaveHanging(exchange)
    return
  }
  if (fault.reset !== undefined) {
    exchange.request.socket.destroy()
  } else if (fault.htmlBody !== undefined) {
    call.status = fault.status ?? 502
    world.signals.emit('change')
    exchange.response.writeHead(call.status, { 'content-type': 'text/html' }).end(fault.htmlBody)
  } else if (fault.truncated === true && answer !== undefined) {
    const text = JSON.stringify(answer.body)
    finish(world, exchange, call, answer, text.slice(0, Math.floor(text.length / 2)))
  } else {
    finish(world, exchange, call, faultAnswer(fault))
  }
}

/** Serves `/file/bot<token>/<path>`. Its fault is set under the method name `download`. */
export function serveFile(
  world: World,
  faults: FaultTable,
  exchange: Exchange,
  path: { token: string; file: string },
): void {
  const { request, response } = exchange
  const unauthorized = path.token !== world.token || world.revoked
  const fault = unauthorized ? undefined : faults.take('download', undefined)
  const file = findFileByPath(world, path.file)
  if (fault?.hang !== undefined) {
    leaveHanging(exchange)
    return
  }
  if (fault?.reset !== undefined) {
    request.socket.destroy()
  } else if (unauthorized || fault !== undefined || file === undefined) {
    const missing = refusal(404, 'Not Found')
    const answer = unauthorized ? refusal(401, 'Unauthorized') : fault ? faultAnswer(fault) : missing
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  } else {
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': file.bytes.length,
    })
    response.end(file.bytes)
  }
}
