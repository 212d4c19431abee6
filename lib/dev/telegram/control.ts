import { addGroup, addUser, press, sendFile, sendText } from './actions.ts'
import type { Exchange } from './api.ts'
import { readBody } from './body.ts'
import { ApiError } from './errors.ts'
import type { FaultTable } from './faults.ts'
import { migrate, setBlocked } from './membership.ts'
import { getWebhookInfo } from './methods/webhook.ts'
import type { BotCommand, Chat, DeliveryFaults, EmulatorEvent, Message, User } from './types.ts'
import { waitForChange } from './wait.ts'
import type { World } from './world.ts'

type Body = Record<string, unknown>
type Route = (body: Body, query: URLSearchParams, signal: AbortSignal) => unknown

/** Maximum wait of `GET /control/events`, in seconds. */
const MAX_POLL_SECONDS = 60

/** Answer of `GET state`. */
export interface StateAnswer {
  bot: User
  webhook: Record<string, unknown>
  chats: (Chat & { members: number[] })[]
  users: User[]
  commands: Record<string, BotCommand[]>
  faults: ReturnType<FaultTable['list']>
  violations: readonly string[]
  /** Cursor of the last event. */
  cursor: number
}

/** Answer of `POST text` and `POST file`. */
export interface SentAnswer {
  update_id: number
  message_id: number
}

/** Answer of `GET events`; `quiet` is true when no update and no call is in progress. */
export interface EventsAnswer {
  cursor: number
  events: EmulatorEvent[]
  /** Updates not delivered yet. */
  pending: number
  /** Bot API calls not answered yet, without long polls. */
  openCalls: number
}

/**
 * The control API: JSON under `/control/`, for other processes on this machine.
 *
 * | route | does |
 * |---|---|
 * | GET state | the bot, chats, webhook and faults, and `cursor`, the last event's |
 * | GET events?after=CURSOR&chat=ID&timeout=SECONDS | events after the cursor; waits for one |
 * | GET calls | the calls of the bot |
 * | POST users, groups | make one: `{ first_name, … }`, `{ title, members: [id], supergroup }` |
 * | POST text | `{ user, text, chat?, replyTo?, edit? }` to `{ update_id, message_id }` |
 * | POST file | `{ user, kind, base64, fileName?, mimeType?, durationSeconds?, caption?, … }` |
 * | POST press | `{ user, message_id, data, chat?, force? }` |
 * | POST block, unblock, migrate | `{ user }`, `{ user }`, `{ chat }` |
 * | POST, DELETE faults | `{ method, …fault }`; clears one (`?method=`) or all |
 * | POST delivery | `{ duplicate?, dropAnswer?, outOfOrder? }` |
 * | POST token | `{ revoked }` |
 */
export function createControl(
  world: World,
  faults: FaultTable,
  delivery: DeliveryFaults,
): (exchange: Exchange) => Promise<void> {
  const routes = createRoutes(world, faults, delivery)
  return async ({ request, response, url, signal }) => {
    const answer = (status: number, body: unknown): void => {
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
      response.writeHead(status, headers).end(JSON.stringify(body))
    }
    const { host = '', origin, 'sec-fetch-site': site = 'none' } = request.headers
    // Refuse requests of browser pages, also after DNS rebinding.
    if (origin !== undefined || site !== 'none' || !isLoopbackHost(host)) {
      answer(403, { error: 'the control API answers local programs only' })
      return
    }
    const route = routes[`${request.method} ${url.pathname.slice('/control/'.length)}`]
    if (route === undefined) {
      answer(404, { error: `no such route: ${request.method} ${url.pathname}` })
      return
    }
    try {
      const text = (await readBody(request)).toString('utf8')
      const body: unknown = text === '' ? {} : JSON.parse(text)
      if (typeof body !== 'object' || body === null) throw new Error('the body must be a JSON object')
      answer(200, (await route(body as Body, url.searchParams, signal)) ?? {})
    } catch (error) {
      const status = error instanceof ApiError ? error.code : 400
      answer(status, { error: error instanceof Error ? error.message : String(error) })
    }
  }
}

const isLoopbackHost = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host)

function string(body: Body, field: string): string {
  const value = body[field]
  if (typeof value !== 'string') throw new Error(`"${field}" must be a string`)
  return value
}

function createRoutes(world: World, faults: FaultTable, delivery: DeliveryFaults): Record<string, Route> {
  const userOf = (body: Body): User => {
    const user = world.users.get(Number(body.user))
    if (user === undefined) throw new ApiError(404, `no such user: ${String(body.user)}`)
    return user
  }
  const sent = (updateId: number): SentAnswer => {
    const update = world.updates.findLast(({ update_id }) => update_id === updateId)
    const message = (update?.message ?? update?.edited_message) as Message
    return { update_id: updateId, message_id: message.message_id }
  }
  return {
    'GET state': (): StateAnswer => ({
      bot: world.bot,
      webhook: getWebhookInfo(world),
      chats: [...world.chats.values()].map(({ chat, members }) => ({ ...chat, members: [...members] })),
      users: [...world.users.values()],
      commands: Object.fromEntries(world.commands),
      faults: faults.list(),
      violations: world.violations,
      cursor: world.nextId.cursor - 1,
    }),
    'GET events': (_, query, signal) => readEvents(world, query, signal),
    'GET calls': () => world.calls,
    'POST users': (body) => addUser(world, body),
    'POST groups': (body) => addGroup(world, body as unknown as Parameters<typeof addGroup>[1]),
    'POST text': (body) => sent(sendText(world, userOf(body), string(body, 'text'), body)),
    'POST file': (body) => {
      const kind = body.kind
      if (kind !== 'document' && kind !== 'photo' && kind !== 'voice') {
        throw new Error('kind must be document, photo or voice')
      }
      const file = { ...body, bytes: Buffer.from(string(body, 'base64'), 'base64') }
      return sent(sendFile(world, kind, userOf(body), file, body))
    },
    'POST press': (body) => ({
      update_id: press(world, userOf(body), Number(body.message_id), string(body, 'data'), body),
    }),
    'POST block': (body) => ({ update_id: setBlocked(world, userOf(body), true) }),
    'POST unblock': (body) => ({ update_id: setBlocked(world, userOf(body), false) }),
    'POST migrate': (body) => {
      const state = world.chats.get(Number(body.chat))
      if (state === undefined) throw new ApiError(404, `no such chat: ${String(body.chat)}`)
      return migrate(world, state.chat)
    },
    'POST faults': (body) => {
      const { method: _, ...fault } = body
      faults.set(string(body, 'method'), fault)
    },
    'DELETE faults': (_, query) => faults.clear(query.get('method') ?? undefined),
    'POST delivery': (body) => {
      if (body.duplicate !== undefined) delivery.duplicate(Number(body.duplicate))
      if (body.dropAnswer !== undefined) delivery.dropAnswer(Number(body.dropAnswer))
      if (body.outOfOrder !== undefined) delivery.outOfOrder = body.outOfOrder === true
    },
    'POST token': (body) => {
      world.revoked = body.revoked === true
    },
  }
}

async function readEvents(world: World, query: URLSearchParams, signal: AbortSignal): Promise<EventsAnswer> {
  const after = Number(query.get('after') ?? 0)
  const chat = query.get('chat')
  const timeoutMs = Math.min(Number(query.get('timeout') ?? 0), MAX_POLL_SECONDS) * 1000
  const fresh = (): EmulatorEvent[] | undefined => {
    const events: EmulatorEvent[] = []
    // From the end: the log may be long, and the wanted events are the last ones.
    for (let index = world.events.length - 1; index >= 0; index -= 1) {
      const event = world.events[index]
      if (event === undefined || event.cursor <= after) break
      if (chat === null || event.chatId === Number(chat)) events.unshift(event)
    }
    return events.length > 0 ? events : undefined
  }
  const events = (await waitForChange(world, fresh, timeoutMs, signal)) ?? []
  return {
    cursor: events.at(-1)?.cursor ?? after,
    events,
    pending: world.queue.size,
    openCalls: world.openCalls,
  }
}
