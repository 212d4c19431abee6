/** The records of the simulator: calls, log lines, store calls and timelines, kept for the page and sent to it. */
import type { CallRecord, EmulatorEvent, Message, Observation, Update } from '../telegram/types.ts'
import type { World as EmulatedWorld } from '../telegram/world.ts'
import type { Feed } from './feed.ts'
import type { Invocation } from './invocations.ts'
import { createTimelines, type Timelines } from './timelines.ts'
import { createLinks, viewWorld } from './view.ts'
import type { Call, LogLine, ShownMessage, Step, StoreCall, Timeline } from './wire.ts'

const MOST_CALLS = 1000
const MOST_LINES = 500

export interface Ledger {
  timelines: Timelines
  calls: Call[]
  log: LogLine[]
  store: StoreCall[]
  observe(observation: Observation): void
  noteLog(line: LogLine): void
  noteStore(call: StoreCall): void
  /** The update that an invocation processes when it makes this call; null where that is not known. */
  updateAt(
    invocation: Invocation | undefined,
    chatId: number | null,
    callbackId: string | null,
  ): number | null
  /** The invocation takes up an update. */
  hold(invocation: Invocation, chatKey: string, updateId: number): void
  release(invocation: Invocation, chatKey: string): void
  messages(chatId: number): ShownMessage[]
}

/** @param invocationNamed an invocation by its name */
export function createLedger(
  world: EmulatedWorld,
  feed: Feed,
  now: () => number,
  invocationNamed: (name: string) => Invocation | undefined,
): Ledger {
  const tell = (timeline: Timeline) =>
    feed.publishSoon(`update ${timeline.updateId}`, { type: 'timeline', timeline })
  const timelines = createTimelines(tell, now)
  const links = createLinks()
  const calls: Call[] = []
  const log: LogLine[] = []
  const store: StoreCall[] = []
  const ofRecord = new WeakMap<CallRecord, { call: Call; step: Step | null }>()
  const ofCallback = new Map<string, number>()
  /** By chat: the update that any invocation held last, for calls that do not say whose they are. */
  const lastHeld = new Map<string, number>()
  let count = 0

  function publishMessage(chatId: number, messageId: number): void {
    const state = world.chats.get(chatId)
    const message = state?.messages.get(messageId)
    if (!state || !message) return
    feed.publishSoon(`message ${chatId}/${messageId}`, {
      type: 'message',
      chatId,
      shown: links.view(state, message),
    })
  }

  function noteUpdate(update: Update, isWanted: boolean): void {
    timelines.begin(update, isWanted)
    const pressed = update['callback_query'] as { id: string; message?: Message } | undefined
    if (pressed) ofCallback.set(pressed.id, update.update_id)
    const message = (update['message'] ?? update['edited_message'] ?? pressed?.message) as Message | undefined
    if (!Number.isSafeInteger(message?.chat?.id) || message === undefined) return
    links.update(message.chat.id, message.message_id, update.update_id)
    publishMessage(message.chat.id, message.message_id)
    publishWorld()
  }

  const publishWorld = () => feed.publishSoon('world', { type: 'world', world: viewWorld(world) })

  function noteCall(record: CallRecord): void {
    if (!world.calls.includes(record, -MOST_CALLS)) return
    const known = ofRecord.get(record) ?? openCall(record)
    const { call, step } = known
    Object.assign(call, masked(record))
    const [chatId, messageId] = placeOf(record)
    if (chatId !== null && messageId !== null) {
      links.call(chatId, messageId, call.id)
      publishMessage(chatId, messageId)
    }
    feed.publishSoon(`call ${call.id}`, { type: 'call', call })
    if (step === null || call.updateId === null) return
    const isOver = call.ms !== undefined
    const words = call.status === null ? (isOver ? 'no answer' : '…') : (call.error ?? String(call.status))
    const isGood = call.status !== null && call.status < 400
    step.title = `${call.method}: ${words}`
    step.state = isGood ? 'ok' : call.status === null && !isOver ? 'open' : 'bad'
    if (call.ms !== undefined) step.ms = call.ms
    if (call.fault !== undefined) step.fault = call.fault
    timelines.touch(call.updateId)
  }

  function openCall(record: CallRecord): { call: Call; step: Step | null } {
    const invocation = invocationNamed(record.invocation ?? '')
    const callbackId = record.params['callback_query_id']
    const updateId = updateAt(
      invocation,
      Number(record.params['chat_id'] ?? Number.NaN),
      typeof callbackId === 'string' ? callbackId : null,
    )
    const call: Call = { ...masked(record), id: (count += 1), updateId }
    keep(calls, call, MOST_CALLS)
    const step: Step | null =
      updateId === null
        ? null
        : { name: 'call', at: now(), title: '', state: 'open', callId: call.id, ...by(invocation) }
    if (step !== null && updateId !== null) timelines.add(updateId, step)
    const known = { call, step }
    ofRecord.set(record, known)
    return known
  }

  function updateAt(invocation: Invocation | undefined, chatId: number | null, callbackId: string | null) {
    const pressed = callbackId === null ? undefined : ofCallback.get(callbackId)
    if (pressed !== undefined) return pressed
    const chatKey = String(chatId)
    if (invocation === undefined) return lastHeld.get(chatKey) ?? null
    const inChat = invocation.holds.get(chatKey) ?? invocation.held.get(chatKey)
    if (inChat !== undefined) return inChat
    const [only, second] = [...invocation.holds.values()]
    return only !== undefined && second === undefined ? only : null
  }

  function noteEvent(event: EmulatorEvent): void {
    const { kind, chatId, message, detail = {} } = event
    const messageId = message?.message_id ?? Number(detail['message_id'])
    if (kind === 'delete') feed.publish({ type: 'deleted', chatId, messageId })
    else if (kind === 'chat_action') {
      feed.publish({ type: 'action', chatId, action: String(detail['action']) })
    } else if (kind === 'callback_answer') {
      feed.publish({
        type: 'notice',
        chatId,
        userId: Number(detail['user_id']),
        text: String(detail['text']),
        alert: detail['show_alert'] === true,
        url: typeof detail['url'] === 'string' ? detail['url'] : null,
      })
    } else publishMessage(chatId, messageId)
    publishWorld()
  }

  return {
    timelines,
    calls,
    log,
    store,
    updateAt,
    observe(observation) {
      if (observation.kind === 'update') noteUpdate(observation.update, observation.isWanted)
      else if (observation.kind === 'call') noteCall(observation.call)
      else if (observation.kind === 'delivery') timelines.deliver(observation.delivery)
      else if (observation.kind === 'event') noteEvent(observation.event)
      else publishWorld()
    },
    noteLog(line) {
      keep(log, line, MOST_LINES)
      feed.publish({ type: 'log', line })
      const { event, update_id: id, level, ...detail } = line.line
      if (id === undefined) return
      const state = level === 'warn' || level === 'error' ? 'bad' : 'ok'
      const step: Step = { name: 'log', at: line.at, title: String(event), state, detail }
      if (line.invocation !== null) step.invocation = line.invocation
      timelines.add(Number(id), step)
    },
    noteStore(call) {
      keep(store, call, MOST_LINES)
      feed.publish({ type: 'store', call })
    },
    hold(invocation, chatKey, updateId) {
      invocation.holds.set(chatKey, updateId)
      invocation.held.set(chatKey, updateId)
      lastHeld.set(chatKey, updateId)
    },
    release(invocation, chatKey) {
      invocation.holds.delete(chatKey)
    },
    messages(chatId) {
      const state = world.chats.get(chatId)
      return state ? [...state.messages.values()].map((message) => links.view(state, message)) : []
    },
  }
}

export const by = (invocation: Invocation | undefined) =>
  invocation === undefined ? {} : { invocation: invocation.name }

function keep<T>(list: T[], entry: T, most: number): void {
  list.push(entry)
  if (list.length > most) list.splice(0, list.length - most)
}

/** A call as it may be shown: without the webhook's secret. */
function masked(record: CallRecord): CallRecord {
  const { secret_token: secret, ...params } = record.params
  return secret === undefined ? record : { ...record, params: { ...params, secret_token: '[secret]' } }
}

/** The message that a call made or changed. */
function placeOf({ params, result, method, status }: CallRecord): [number | null, number | null] {
  if (status !== 200 || /^(get|answer)/.test(method)) return [null, null]
  const message = (result ?? {}) as Partial<Message>
  const chatId = message.chat?.id ?? Number(params['chat_id'] ?? Number.NaN)
  const messageId = message.message_id ?? Number(params['message_id'] ?? Number.NaN)
  return Number.isSafeInteger(chatId) && Number.isSafeInteger(messageId) ? [chatId, messageId] : [null, null]
}
