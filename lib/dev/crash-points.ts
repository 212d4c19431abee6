/**
 * Crash points: named moments at which a test or the simulator kills the functions. Each is before or after a call of
 * the process, or at an answer. A wrapped fetch recognises them, so production code does not contain them.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { scriptOf } from './store/calls.ts'

export const CRASH_POINTS = {
  'before-accept': 'the acceptance of an update is about to leave for the store',
  accepted: 'the store has accepted an update; its answer is not seen',
  answered: '200 has left for Telegram; the work after it has not begun',
  'before-send': 'a call of Telegram that users would see is about to leave',
  sent: 'Telegram has done such a call; its answer is not seen',
  'before-settle': 'a settlement is about to leave for the store',
  settled: 'the store has settled an update; its answer is not seen',
  'before-fail': 'the record of a failure is about to leave for the store',
  failed: 'the store has recorded a failure; its answer is not seen',
  'during-sweep': 'a sweep has found mailboxes and taken none of them yet',
  'during-heal': 'Telegram has done one of the calls of an initialisation; its answer is not seen',
} as const satisfies Record<string, string>

export type CrashPoint = keyof typeof CRASH_POINTS

/** Called at each point. The call waits for its promise; an exception ends the call. */
export type OnPoint = (point: CrashPoint) => void | Promise<void>

/** The crash points before and after scripts. */
const OF_SCRIPTS: ReadonlyMap<string | null, Points> = new Map<string, Points>([
  ['accept', { before: 'before-accept', after: 'accepted' }],
  ['settle', { before: 'before-settle', after: 'settled' }],
  ['fail', { before: 'before-fail', after: 'failed' }],
  ['sweep', { after: foundSome }],
])

/** Methods without an effect that a user sees: they read, or they belong to an initialisation. */
const UNSEEN = /^(get|set|deleteWebhook|logOut|close$)/
const OF_AN_INITIALISATION = /^(getMe|setWebhook|setMyCommands)$/

/** @returns a fetch that reports each crash point in calls of the store and of Telegram */
export function watchCalls(fetch: typeof globalThis.fetch, onPoint: OnPoint): typeof globalThis.fetch {
  return async (input, init) => {
    const { before, after } = pointsOf(input, init)
    if (before) await onPoint(before)
    const response = await fetch(input, init)
    const point = response.ok && (typeof after === 'function' ? await after(response) : after)
    if (point) await onPoint(point)
    return response
  }
}

interface Points {
  before?: CrashPoint
  /** Reported only for an answer of 2xx; a function where the answer must be read. */
  after?: CrashPoint | ((response: Response) => Promise<CrashPoint | null>)
}

function pointsOf(input: string | URL | Request, init: RequestInit | undefined): Points {
  const url = input instanceof Request ? input.url : String(input)
  const method = /\/bot[^/]+\/(\w+)$/.exec(url)?.[1]
  if (method !== undefined) {
    if (OF_AN_INITIALISATION.test(method)) return { after: 'during-heal' }
    return UNSEEN.test(method) ? {} : { before: 'before-send', after: 'sent' }
  }
  const body = init?.body
  if (typeof body !== 'string' || !/^\["eval"/i.test(body)) return {}
  return OF_SCRIPTS.get(scriptOf(body)) ?? {}
}

/** A sweep that found mailboxes answers with their chat keys after the first word. */
async function foundSome(response: Response): Promise<CrashPoint | null> {
  const { result } = (await response.clone().json()) as { result?: unknown }
  return Array.isArray(result) && result.length > 1 ? 'during-sweep' : null
}

/**
 * Reports each 200 of `/webhook` after a server of this process has sent it.
 * @returns stops reporting
 */
export function watchAnswers(onPoint: (point: CrashPoint) => void): () => void {
  const channel = 'http.server.response.finish'
  const onFinish = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    const isWebhook = request.method === 'POST' && /^\/webhook\/?(\?|$)/.test(request.url ?? '')
    if (isWebhook && response.statusCode === 200) onPoint('answered')
  }
  subscribe(channel, onFinish)
  return () => void unsubscribe(channel, onFinish)
}

/**
 * Reads `<point>` or `<point>:<n>`: the n-th time that the process reaches the point, by default the first.
 * @throws Error with the names of all points, for an unknown point
 */
export function readCrashPoint(text: string): { point: CrashPoint; nth: number } {
  const [name = '', count = '1', ...rest] = text.split(':')
  const nth = Number(count)
  if (!Object.hasOwn(CRASH_POINTS, name) || !Number.isSafeInteger(nth) || nth < 1 || rest.length > 0) {
    const names = Object.keys(CRASH_POINTS).join(', ')
    throw new Error(`"${text}" is no crash point; it is one of ${names}, with :n for its n-th passing`)
  }
  return { point: name as CrashPoint, nth }
}

/** Makes this process kill itself with SIGKILL when it reaches the point for the n-th time. */
export function crashAt({ point, nth }: { point: CrashPoint; nth: number }): void {
  let left = nth
  const onPoint = (passed: CrashPoint) => {
    if (passed === point && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
  globalThis.fetch = watchCalls(globalThis.fetch, onPoint)
  watchAnswers(onPoint)
}
