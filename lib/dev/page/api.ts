/** Calls of the simulator's routes. */
import type {
  Act,
  BotCommand,
  Chat,
  Done,
  PhoneAct,
  PhoneView,
  SetFault,
  ShownMessage,
  State,
  User,
} from '../simulator/wire.ts'

/** @throws Error with the server's message */
async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/dev/api/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer: unknown = await response.json()
  if (response.ok) return answer as T
  throw new Error((answer as { error?: { message?: string } }).error?.message ?? `status ${response.status}`)
}

let lastAct: Promise<unknown> = Promise.resolve()

/**
 * Sends acts one after the other, because two requests of a page can overtake each other.
 * @param act the act, or a function that makes it when it is next
 */
function inOrder(act: Act | (() => Promise<Act>)): Promise<Done> {
  const make = typeof act === 'function' ? act : () => act
  const done = lastAct.then(async () => ask<Done>('POST', 'acts', await make()))
  lastAct = done.catch(() => {})
  return done
}

export interface NewChat {
  title: string
  kind: 'group' | 'supergroup' | 'forum'
  members: number[]
  topics: string[]
}

export const api = {
  state: () => ask<State>('GET', 'state'),
  messages: (chat: number) => ask<ShownMessage[]>('GET', `messages?chat=${chat}`),
  commands: (chat: number, user: number) => ask<BotCommand[]>('GET', `commands?chat=${chat}&user=${user}`),
  act: inOrder,
  addUser: (profile: { first_name: string; language_code: string }) => ask<User>('POST', 'users', profile),
  addChat: (chat: NewChat) => ask<Chat>('POST', 'chats', chat),
  addTopic: (user: number, chat: number, name: string) =>
    ask<{ thread: number }>('POST', 'topics', { user, chat, name }),
  phone: () => ask<PhoneView>('GET', 'phone'),
  phoneAct: (act: PhoneAct) => ask<PhoneView>('POST', 'phone', act),
  setFault: (fault: string, times?: number) =>
    ask<SetFault[]>('POST', 'faults', { fault, ...(times === undefined ? {} : { times }) }),
  clearFault: (key?: string) =>
    ask<SetFault[]>('DELETE', `faults${key === undefined ? '' : `?key=${encodeURIComponent(key)}`}`),
}

export const fileUrl = (fileId: string): string => `/dev/api/files?id=${encodeURIComponent(fileId)}`
