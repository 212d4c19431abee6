/** What a bot did about one update, as the people in the chat saw it. */
import type { CallRecord, Message } from '../dev/telegram/emulator.ts'

export interface Answer {
  /** Text or caption of the last message that the bot sent or edited; empty where there is none. */
  text: string
  /** The last message that the bot sent or edited, as it is in the chat now; undefined where there is none. */
  message: Message | undefined
  /** All messages that the bot sent or edited, in order. */
  messages: Message[]
  /** What the buttons under the last message say, row after row. */
  buttons: string[]
  /** What a pressed button shows over the chat; undefined where the press was not answered or without words. */
  notice: string | undefined
  /** Every call of the Bot API, also the refused ones, in order. */
  calls: { method: string; params: Record<string, unknown> }[]
}

export function answerFrom(records: readonly CallRecord[]): Answer {
  const messages = records.flatMap(({ result }) => (isMessage(result) ? [result] : []))
  const message = messages.at(-1)
  const press = records.findLast(({ method }) => method === 'answerCallbackQuery')
  return {
    text: message?.text ?? message?.caption ?? '',
    message,
    messages,
    buttons: (message?.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text),
    notice: press?.params['text'] as string | undefined,
    calls: records.map(({ method, params }) => ({ method, params })),
  }
}

function isMessage(result: unknown): result is Message {
  return typeof result === 'object' && result !== null && 'message_id' in result
}
