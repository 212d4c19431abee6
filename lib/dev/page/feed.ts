/** The server's state at the start, and its event stream after that. */
import type { FeedEvent, ShownMessage, State } from '../simulator/wire.ts'
import { api } from './api.ts'
import { change, chatOf, doing, model, tell, userOf, type Model } from './model.ts'

/** Messages that arrived while the messages of their chat were loading. */
const early = new Map<number, ShownMessage[]>()
/** Events that arrived while the state was loading, because the state may be older; null while it is not loading. */
let waiting: FeedEvent[] | null = null

export async function openChat(chat: number | null, thread: number | null = null): Promise<void> {
  change((now) => {
    now.chat = chat
    now.thread = thread
    if (chat !== null) now.unread.delete(chat)
  })
  if (chat === null || model.messages.has(chat) || early.has(chat)) return
  const missed: ShownMessage[] = []
  early.set(chat, missed)
  let messages: ShownMessage[]
  try {
    messages = await api.messages(chat)
  } finally {
    early.delete(chat)
  }
  change((now) => {
    now.messages.set(chat, messages)
    for (const shown of missed) putMessage(now, chat, shown)
  })
}

/** Changes the user. If the user is not a member of the open chat, opens the user's chat with the bot. */
export function become(user: number): void {
  change((now) => {
    now.me = user
  })
  if (model.chat !== null && !(chatOf(model.chat)?.members.includes(user) ?? false)) doing(openChat(user))
}

async function load(): Promise<void> {
  const missed: FeedEvent[] = []
  waiting = missed
  let state: State
  try {
    state = await api.state()
  } finally {
    // Not if the page has connected again meanwhile.
    if (waiting === missed) waiting = null
  }
  change((now) => {
    Object.assign(now, { ...state, online: true })
    now.timelines = new Map(state.timelines.map((timeline) => [timeline.updateId, timeline]))
    now.calls = new Map(state.calls.map((call) => [call.id, call]))
    now.messages.clear()
    if (userOf(now.me) === undefined) now.me = state.world.users[0]?.id ?? 0
    for (const event of missed) if (!isIn(state, event)) apply(now, event)
  })
  const isWide = window.matchMedia('(min-width: 760px)').matches
  const chat = model.chat ?? (isWide ? model.me : null)
  if (chatOf(chat) !== undefined) await openChat(chat, model.thread)
}

/** True for an event that the state already contains and that must not be applied twice. Other events are idempotent. */
function isIn(state: State, event: FeedEvent): boolean {
  if (event.type === 'log') return state.log.some(({ at }) => at === event.line.at)
  return event.type === 'store' && state.store.some(({ at }) => at === event.call.at)
}

/** Connects to the event stream, and loads the state again after every interruption. */
export function connect(): void {
  const source = new EventSource('/dev/api/events')
  source.addEventListener('open', () => doing(load()))
  source.addEventListener('error', () =>
    change((now) => {
      now.online = false
    }),
  )
  source.addEventListener('message', ({ data }) => {
    const event = JSON.parse(String(data)) as FeedEvent
    if (waiting === null) change((now) => apply(now, event))
    else waiting.push(event)
  })
}

const MOST = 500

function apply(now: Model, event: FeedEvent): void {
  switch (event.type) {
    case 'world':
      now.world = event.world
      break
    case 'message':
      putMessage(now, event.chatId, event.shown)
      break
    case 'deleted':
      now.deleted.add(`${event.chatId}/${event.messageId}`)
      break
    case 'timeline':
      now.timelines.set(event.timeline.updateId, event.timeline)
      break
    case 'call':
      now.calls.set(event.call.id, event.call)
      break
    case 'notice':
      if (event.userId !== now.me) break
      if (event.text !== '') tell(event.text, event.alert ? 'alert' : 'toast')
      if (event.url !== null) tell(`The button opens ${event.url}`)
      break
    case 'action':
      now.actions.set(event.chatId, { action: event.action, until: Date.now() + 5000 })
      setTimeout(() => change(() => {}), 5100)
      break
    case 'faults':
      now.faults = event.faults
      break
    case 'log':
      now.log = [...now.log.slice(1 - MOST), event.line]
      break
    case 'store':
      now.store = [...now.store.slice(1 - MOST), event.call]
      break
    default:
      event satisfies never
  }
}

function putMessage(now: Model, chatId: number, shown: ShownMessage): void {
  const { message } = shown
  const isFromBot = message.from?.id === now.world?.bot.id
  if (isFromBot) now.actions.delete(chatId)
  const list = now.messages.get(chatId)
  early.get(chatId)?.push(shown)
  const place = list?.findIndex((one) => one.message.message_id === message.message_id) ?? -1
  if (list !== undefined && place >= 0) {
    now.messages.set(chatId, list.with(place, shown))
    return
  }
  if (list !== undefined) now.messages.set(chatId, [...list, shown])
  if (chatId !== now.chat && isFromBot) now.unread.set(chatId, (now.unread.get(chatId) ?? 0) + 1)
}
