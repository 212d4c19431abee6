/** What follows the press of an inline button: an answer to the press, and an edit of its message. */
import type { Keyboard } from './answer.ts'
import type { BotContext } from './types.ts'

/**
 * Refusals that mean "nothing left to do". A press can be handled twice, or long after it was made: the message then
 * has its new text already or is deleted, and Telegram takes no answer any more.
 */
const HARMLESS =
  /message is not modified|message to edit not found|message can't be edited|MESSAGE_ID_INVALID|query is too old|query ID is invalid/i

function isHarmless(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const description = 'description' in error ? String(error.description) : error.message
  return HARMLESS.test(description)
}

async function unlessHarmless(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!isHarmless(error)) throw error
  }
}

/** Stops the button's spinner; `text` (at most 200 characters) is shown over the chat. */
export async function answerButton(ctx: BotContext, text?: string): Promise<void> {
  await unlessHarmless(ctx.answerCbQuery(text))
}

/** Replaces the text of the button's message; without a keyboard its buttons are removed. */
export async function editButtons(ctx: BotContext, text: string, keyboard?: Keyboard): Promise<void> {
  // Telegram leaves the message out when it is too old; there is nothing to edit then.
  if (ctx.msgId === undefined && ctx.inlineMessageId === undefined) return
  const extra = keyboard === undefined ? {} : { reply_markup: { inline_keyboard: keyboard } }
  await unlessHarmless(ctx.editMessageText(text, extra))
}
