/** What the page knows, in one place; parts read it while they render and change it through `change`. */
import { useEffect, useState } from 'preact/hooks'
import type {
  Call,
  FeedEvent,
  LogLine,
  SetFault,
  ShownChat,
  ShownMessage,
  StoreCall,
  Timeline,
  User,
  World,
} from '../simulator/wire.ts'
import { api } from './api.ts'

export type Tab = 'timeline' | 'faults' | 'log'

export interface Notice {
  id: number
  text: string
  kind: 'toast' | 'alert' | 'problem'
}

export interface Model {
  /** Null until the first answer of the server. */
  world: World | null
  online: boolean
  faults: SetFault[]
  crashPoints: Record<string, string>
  methods: string[]
  timelines: Map<number, Timeline>
  calls: Map<number, Call>
  log: LogLine[]
  store: StoreCall[]
  /** By chat; a chat that was never opened is missing. */
  messages: Map<number, ShownMessage[]>
  /** `chat/message` of what the bot has deleted. */
  deleted: Set<string>
  unread: Map<number, number>
  /** What the bot is doing in a chat, and until when that is shown. */
  actions: Map<number, { action: string; until: number }>
  me: number
  chat: number | null
  thread: number | null
  tab: Tab
  isInspectorOpen: boolean
  /** The update whose timeline is unfolded. */
  focus: number | null
  notices: Notice[]
}

export const model: Model = {
  world: null,
  online: false,
  faults: [],
  crashPoints: {},
  methods: [],
  timelines: new Map(),
  calls: new Map(),
  log: [],
  store: [],
  messages: new Map(),
  deleted: new Set(),
  unread: new Map(),
  actions: new Map(),
  me: 0,
  chat: null,
  thread: null,
  tab: 'timeline',
  isInspectorOpen: false,
  focus: null,
  notices: [],
}

/** What came for a chat while its messages were on their way. */
const early = new Map<number, ShownMessage[]>()
const listeners = new Set<() => void>()

export function change(alter: (model: Model) => void): void {
  alter(model)
  for (const listener of listeners) listener()
}

/** Renders the caller again after each change. */
export function useModel(): Model {
  const [, render] = useState(0)
  useEffect(() => {
    const listener = () => render((count) => count + 1)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [])
  return model
}

let noticeCount = 0
export function tell(text: string, kind: Notice['kind'] = 'toast'): void {
  const id = (noticeCount += 1)
  change(({ notices }) => notices.push({ id, text, kind }))
  if (kind !== 'alert') setTimeout(() => dismiss(id), 5000)
}

export const dismiss = (id: number): void =>
  change((now) => {
    now.notices = now.notices.filter((notice) => notice.id !== id)
  })

/** Runs what a click began; what goes wrong is said. */
export function doing(work: Promise<unknown>): void {
  work.catch((error: unknown) => tell(error instanceof Error ? error.message : String(error), 'problem'))
}

export const userOf = (id: number | undefined | null): User | undefined =>
  model.world?.users.find((user) => user.id === id) ??
  (model.world?.bot.id === id ? model.world?.bot : undefined)

export const chatOf = (id: number | null): ShownChat | undefined =>
  model.world?.chats.find(({ chat }) => chat.id === id)

export async function openChat(chat: number | null, thread: number | null = null): Promise<void> {
  change((now) => {
    now.chat = chat
    now.thread = thread
    if (chat !== null) now.unread.delete(chat)
  })
  if (chat === null || model.messages.has(chat)) return
  early.set(chat, [])
  const messages = await api.messages(chat)
  change((now) => {
    now.messages.set(chat, messages)
    for (const shown of early.get(chat) ?? []) putMessage(now, chat, shown)
    early.delete(chat)
  })
}

/** Who writes from now on; a chat that they are not in is left for their own. */
export function become(user: number): void {
  change((now) => {
    now.me = user
  })
  if (model.chat !== null && !(chatOf(model.chat)?.members.includes(user) ?? false)) doing(openChat(user))
}

export function showUpdate(updateId: number): void {
  change((now) => {
    now.focus = updateId
    now.tab = 'timeline'
    now.isInspectorOpen = true
  })
}

async function load(): Promise<void> {
  const state = await api.state()
  change((now) => {
    Object.assign(now, { ...state, online: true })
    now.timelines = new Map(state.timelines.map((timeline) => [timeline.updateId, timeline]))
    now.calls = new Map(state.calls.map((call) => [call.id, call]))
    now.messages.clear()
    if (userOf(now.me) === undefined) now.me = state.world.users[0]?.id ?? 0
  })
  const isWide = window.matchMedia('(min-width: 760px)').matches
  const chat = model.chat ?? (isWide ? model.me : null)
  if (chatOf(chat) !== undefined) await openChat(chat, model.thread)
}

/** Looks on from now on, and catches up after every interruption. */
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
    change((now) => apply(now, event))
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
