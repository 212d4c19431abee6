import type { EmulatorEvent, InlineButton, Message } from './types.ts'

/** An event as a line for the terminal; undefined for events that are not shown. */
export function renderEvent(event: EmulatorEvent): string | undefined {
  const { kind, message, detail = {} } = event
  switch (kind) {
    case 'message':
      return message === undefined ? undefined : `bot: ${renderMessage(message)}`
    case 'edit':
      return message === undefined ? undefined : `bot (edited): ${renderMessage(message)}`
    case 'delete':
      return `bot deleted: ${clean(message?.text ?? message?.caption ?? 'a message')}`
    case 'callback_answer':
      return detail.text === ''
        ? undefined
        : `bot (${detail.show_alert === true ? 'alert' : 'notice'}): ${clean(String(detail.text))}`
    case 'reaction': {
      const [reaction] = detail.reaction as { emoji?: string }[]
      return `bot reacted: ${clean(reaction?.emoji ?? 'nothing')}`
    }
    case 'chat_action':
      return undefined
    default:
      return kind satisfies never
  }
}

function renderMessage(message: Message): string {
  const lines: string[] = []
  const { document, photo, voice } = message
  if (document !== undefined)
    lines.push(`[document ${document.file_name ?? ''}, ${document.file_size} bytes]`)
  if (photo !== undefined) lines.push(`[photo, ${photo.at(-1)?.file_size ?? 0} bytes]`)
  if (voice !== undefined) lines.push(`[voice, ${voice.duration} s]`)
  const text = message.text ?? message.caption
  if (text !== undefined) lines.push(text)
  let number = 0
  for (const row of message.reply_markup?.inline_keyboard ?? []) {
    lines.push(row.map((button) => `[${(number += 1)}] ${button.text}`).join('   '))
  }
  return clean(lines.join('\n')).replaceAll('\n', '\n     ')
}

/** Replaces control characters, which could move the cursor or overwrite the screen. */
const clean = (text: string): string => text.replaceAll(/(?!\n)\p{Cc}/gu, '\uFFFD')

/**
 * Finds a button: by number, in the newest message with buttons; by text, in the newest message that has it.
 */
export function findButton(
  messages: readonly Message[],
  wanted: string,
): { message: Message; button: InlineButton } | undefined {
  const withButtons = messages.filter(({ reply_markup }) => reply_markup !== undefined).reverse()
  if (/^\d+$/.test(wanted)) {
    const [message] = withButtons
    const button = message?.reply_markup?.inline_keyboard.flat()[Number(wanted) - 1]
    return message !== undefined && button !== undefined ? { message, button } : undefined
  }
  const fits = [
    (text: string) => text.toLowerCase() === wanted.toLowerCase(),
    (text: string) => text.toLowerCase().includes(wanted.toLowerCase()),
  ]
  for (const isMeant of fits) {
    for (const message of withButtons) {
      const button = message.reply_markup?.inline_keyboard.flat().find(({ text }) => isMeant(text))
      if (button !== undefined) return { message, button }
    }
  }
  return undefined
}
