import type { EventsAnswer, SentAnswer, StateAnswer } from './control.ts'
import type { Chat, User } from './types.ts'

/** Nothing listens at the emulator's address, or the connection failed. */
export class NoEmulatorError extends Error {
  override readonly name = 'NoEmulatorError'
}

/** Client for the control API of an emulator in another process. */
export interface ControlClient {
  state(): Promise<StateAnswer>
  /** Waits up to `timeoutSeconds` for an event of the chat after the cursor. */
  events(after: number, chatId: number, timeoutSeconds: number, signal?: AbortSignal): Promise<EventsAnswer>
  addUser(profile: Partial<User>): Promise<User>
  addGroup(group: { title: string; members: number[] }): Promise<Chat>
  sendText(text: { user: number; chat: number; text: string; edit?: number }): Promise<SentAnswer>
  sendFile(file: {
    user: number
    chat: number
    kind: 'document' | 'photo' | 'voice'
    base64: string
    fileName: string
    caption: string
  }): Promise<SentAnswer>
  press(press: { user: number; chat: number; message_id: number; data: string }): Promise<void>
}

/**
 * A client of the emulator at `url`. Its methods throw NoEmulatorError when nothing answers, and an Error with the
 * emulator's message when it refuses.
 */
export function createControlClient(url: string): ControlClient {
  const root = url.replace(/\/+$/, '')

  async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    let response: Response
    let answer: unknown
    try {
      response = await fetch(`${root}/control/${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      })
      answer = await response.json()
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw new NoEmulatorError(`no Telegram emulator answers at ${root}`, { cause: error })
    }
    if (response.ok) return answer
    throw new Error((answer as { error?: string }).error ?? `the emulator answered ${response.status}`)
  }

  return {
    state: async () => (await ask('GET', 'state')) as StateAnswer,
    async events(after, chatId, timeoutSeconds, signal) {
      const query = `after=${after}&chat=${chatId}&timeout=${timeoutSeconds}`
      return (await ask('GET', `events?${query}`, undefined, signal)) as EventsAnswer
    },
    addUser: async (profile) => (await ask('POST', 'users', profile)) as User,
    addGroup: async (group) => (await ask('POST', 'groups', group)) as Chat,
    sendText: async (text) => (await ask('POST', 'text', text)) as SentAnswer,
    sendFile: async (file) => (await ask('POST', 'file', file)) as SentAnswer,
    press: async (press) => {
      await ask('POST', 'press', press)
    },
  }
}
