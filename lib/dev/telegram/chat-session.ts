import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { findButton, renderEvent } from './chat-view.ts'
import type { ControlClient } from './control-client.ts'
import type { Message } from './types.ts'

export const CHAT_HELP = `A line is sent to the bot as it stands. Lines for this program:
  :file PATH [CAPTION]    send a file (also :photo, :voice); "quotes" around a path with blanks
  :press TEXT|NUMBER      press an inline button
  :edit TEXT              change your last message
  :help   :quit
  ::TEXT                  send a text that begins with a colon`

/** Factor for the quiet time as long as the bot has not answered the last line. */
const PATIENCE = 4

/** One user's conversation with the bot. */
export interface ChatSession {
  /** Sends a line or runs its command; false for `:quit`. @throws Error with a sentence for a bad line */
  handle(line: string): Promise<boolean>
  /** Waits up to `timeoutSeconds` for new events and prints them. */
  look(timeoutSeconds: number, signal?: AbortSignal): Promise<void>
  /** Prints until all updates are delivered and the bot is quiet. */
  settle(untilMs: number): Promise<'answered' | 'silent' | 'busy'>
}

/**
 * `cursor` is the last event that is not shown. A chat is quiet after `quietMs` without a new event. Times are by
 * `performance.now()`.
 */
export function createChatSession(
  client: ControlClient,
  where: { user: number; chat: number; cursor: number; quietMs: number },
  print: (text: string) => void,
): ChatSession {
  const { user, chat, quietMs } = where
  /** The bot's messages, with edits applied. */
  const messages = new Map<number, Message>()
  let { cursor } = where
  let ownMessageId: number | undefined
  let changedAt = Number.NEGATIVE_INFINITY
  let isAnswered = true
  let isIdle = true

  function expectAnswer(): void {
    isAnswered = false
    isIdle = false
    changedAt = performance.now()
  }

  async function look(timeoutSeconds: number, signal?: AbortSignal): Promise<void> {
    const answer = await client.events(cursor, chat, timeoutSeconds, signal)
    cursor = answer.cursor
    const wasIdle = isIdle
    isIdle = answer.pending === 0 && answer.openCalls === 0
    if (answer.events.length > 0 || !isIdle || !wasIdle) changedAt = performance.now()
    for (const event of answer.events) {
      if (event.kind !== 'chat_action') isAnswered = true
      if (event.message !== undefined) {
        if (event.kind === 'delete') messages.delete(event.message.message_id)
        else messages.set(event.message.message_id, event.message)
      }
      const text = renderEvent(event)
      if (text !== undefined) print(text)
    }
  }

  async function sendFile(kind: 'document' | 'photo' | 'voice', rest: string): Promise<void> {
    const [, quoted, plain, caption = ''] = /^(?:"([^"]+)"|(\S+))\s*(.*)$/s.exec(rest) ?? []
    const path = quoted ?? plain
    if (path === undefined) throw new Error('which file? :file PATH [CAPTION]')
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`cannot read ${path}: ${error.code ?? error.message}`)
    })
    const base64 = bytes.toString('base64')
    const sent = await client.sendFile({ user, chat, kind, base64, fileName: basename(path), caption })
    ownMessageId = sent.message_id
    expectAnswer()
  }

  async function press(wanted: string): Promise<void> {
    const found = findButton([...messages.values()], wanted)
    if (found === undefined) throw new Error(`the bot shows no button ${JSON.stringify(wanted)}`)
    const { message, button } = found
    if (button.callback_data === undefined) {
      print(`${button.text} opens ${button.url ?? button.web_app?.url ?? 'something in Telegram'}`)
      return
    }
    await client.press({ user, chat, message_id: message.message_id, data: button.callback_data })
    expectAnswer()
  }

  async function edit(text: string): Promise<void> {
    if (ownMessageId === undefined) throw new Error('there is no message of yours to edit')
    await client.sendText({ user, chat, text, edit: ownMessageId })
    expectAnswer()
  }

  async function handle(line: string): Promise<boolean> {
    if (line.trim() === '') return true
    const [, command, rest = ''] = /^:(?!:)(\S*)\s*(.*)$/s.exec(line) ?? []
    if (command === 'quit') return false
    if (command === 'help') {
      print(CHAT_HELP)
      return true
    }
    if (command === undefined) {
      const sent = await client.sendText({ user, chat, text: line.replace(/^::/, ':') })
      ownMessageId = sent.message_id
      expectAnswer()
    } else if (command === 'file' || command === 'photo' || command === 'voice') {
      await sendFile(command === 'file' ? 'document' : command, rest)
    } else if (command === 'press') {
      await press(rest.trim())
    } else if (command === 'edit') {
      await edit(rest)
    } else {
      throw new Error(`no such command: :${command} (try :help)`)
    }
    return true
  }

  async function settle(untilMs: number): Promise<'answered' | 'silent' | 'busy'> {
    for (;;) {
      const now = performance.now()
      const quietAt = changedAt + (isAnswered ? quietMs : quietMs * PATIENCE)
      if (now >= quietAt) return isAnswered ? 'answered' : 'silent'
      if (now >= untilMs) return 'busy'
      const waitMs = Math.max(20, Math.min(isIdle ? quietAt - now : quietMs / 4, untilMs - now))
      await look(waitMs / 1000)
    }
  }

  return { handle, look, settle }
}
