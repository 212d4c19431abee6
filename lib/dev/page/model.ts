/** The page's state. Components read it while they render, and change it by `change`. */
import type {
  Call,
  LogLine,
  SetFault,
  ShownChat,
  ShownMessage,
  StoreCall,
  Timeline,
  User,
  World,
} from '../simulator/wire.ts'
import { createChanges } from './changes.ts'

export type Tab = 'timeline' | 'faults' | 'log' | 'phone'

export interface Notice {
  id: number
  text: string
  kind: 'toast' | 'alert' | 'problem'
}

export interface Model {
  /** Null before the first answer of the server. */
  world: World | null
  online: boolean
  faults: SetFault[]
  crashPoints: Record<string, string>
  methods: string[]
  timelines: Map<number, Timeline>
  calls: Map<number, Call>
  log: LogLine[]
  store: StoreCall[]
  /** By chat id; a chat that was never opened is missing. */
  messages: Map<number, ShownMessage[]>
  /** `chat/message` of messages that the bot has deleted. */
  deleted: Set<string>
  unread: Map<number, number>
  /** The bot's chat action in a chat, and until when it is shown. */
  actions: Map<number, { action: string; until: number }>
  me: number
  chat: number | null
  thread: number | null
  tab: Tab
  isInspectorOpen: boolean
  /** The update whose timeline is open. */
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

const changes = createChanges()

export function change(alter: (model: Model) => void): void {
  alter(model)
  changes.tell()
}

/** Renders the caller again after each change. */
export function useModel(): Model {
  changes.use()
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

/** Runs the work of a click and shows its error. */
export function doing(work: Promise<unknown>): void {
  work.catch((error: unknown) => tell(error instanceof Error ? error.message : String(error), 'problem'))
}

export const userOf = (id: number | undefined | null): User | undefined =>
  model.world?.users.find((user) => user.id === id) ??
  (model.world?.bot.id === id ? model.world?.bot : undefined)

export const chatOf = (id: number | null): ShownChat | undefined =>
  model.world?.chats.find(({ chat }) => chat.id === id)

export function showUpdate(updateId: number): void {
  change((now) => {
    now.focus = updateId
    now.tab = 'timeline'
    now.isInspectorOpen = true
  })
}
