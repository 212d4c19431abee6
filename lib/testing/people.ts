/** The people of a test: each act sends one update, and resolves when the bot is done with it. */
import type { Chat, Message, TelegramEmulator, User } from '../dev/telegram/emulator.ts'
import type { Answer } from './answer.ts'

export interface Place {
  /** A group; the private chat with the bot unless given. */
  in?: Chat | undefined
  /** The message that this one answers. */
  replyTo?: Message | undefined
  /** In a forum: the topic's message_thread_id. */
  topic?: number | undefined
}

interface FileFields extends Place {
  caption?: string
  fileName?: string
  mimeType?: string
  /** Of a voice message. */
  durationSeconds?: number
}

/** A person who uses the bot. Each act rejects when the update was given up on, or a call was not as the Bot API has it. */
export interface Person {
  user: User
  says(text: string, place?: Place): Promise<Answer>
  /** Changes the text of an earlier message. */
  edits(message: Message, text: string): Promise<Answer>
  /**
   * Presses a button by what is on it or by its data: that of the newest message of the bot that has it, or of
   * `on`. @throws Error where there is none
   */
  presses(button: string, options?: { on?: Message | undefined }): Promise<Answer>
  sendsPhoto(bytes: Uint8Array, file?: FileFields): Promise<Answer>
  sendsVoice(bytes: Uint8Array, file?: FileFields): Promise<Answer>
  sendsDocument(bytes: Uint8Array, file?: FileFields): Promise<Answer>
  blocks(): Promise<Answer>
  unblocks(): Promise<Answer>
}

/** Does something that sends updates, and resolves to what the bot did about them. */
export type Act = (send: () => unknown) => Promise<Answer>

export function createPerson(telegram: TelegramEmulator, act: Act, user: User): Person {
  const at = ({ in: chat, replyTo, topic }: Place = {}) => ({
    chat,
    replyTo: replyTo?.message_id,
    thread: topic,
  })
  const file =
    (kind: 'sendPhoto' | 'sendVoice' | 'sendDocument') =>
    (bytes: Uint8Array, { in: chat, replyTo, topic, ...fields }: FileFields = {}) =>
      act(() => telegram[kind](user, bytes, { ...fields, ...at({ in: chat, replyTo, topic }) }))
  return {
    user,
    says: (text, place) => act(() => telegram.sendText(user, text, at(place))),
    edits: (message, text) =>
      act(() => telegram.sendText(user, text, { chat: message.chat, edit: message.message_id })),
    presses: (button, { on } = {}) =>
      act(() => {
        const { message, data } = findButton(telegram, user, button, on)
        return telegram.press(user, message.message_id, data, { chat: message.chat })
      }),
    sendsPhoto: file('sendPhoto'),
    sendsVoice: file('sendVoice'),
    sendsDocument: file('sendDocument'),
    blocks: () => act(() => telegram.block(user)),
    unblocks: () => act(() => telegram.unblock(user)),
  }
}

/** The button as it is now, under the newest message that this person sees. */
function findButton(
  telegram: TelegramEmulator,
  user: User,
  wanted: string,
  on: Message | undefined,
): { message: Message; data: string } {
  const seen = [...telegram.world.chats.values()]
    .filter(({ members }) => members.has(user.id))
    .flatMap(({ chat }) => telegram.messages(chat))
    .filter(({ message_id, chat }) => !on || (message_id === on.message_id && chat.id === on.chat.id))
    .toSorted((a, b) => b.message_id - a.message_id)
  for (const message of seen) {
    for (const { text, callback_data: data } of message.reply_markup?.inline_keyboard.flat() ?? []) {
      if (data !== undefined && (text === wanted || data === wanted)) return { message, data }
    }
  }
  const there = seen.flatMap(({ reply_markup: markup }) => markup?.inline_keyboard.flat() ?? [])
  const names = there.map(({ text }) => JSON.stringify(text)).join(', ') || 'none'
  throw new Error(`there is no button ${JSON.stringify(wanted)}; the buttons are: ${names}`)
}
