import { answerButton } from '../../kit/buttons.ts'
import type { Feature } from '../../kit/types.ts'

/** Buttons of keyboards that no feature knows any more: answered, so that they do not spin. */
export const staleButtons: Feature = (bot) => {
  bot.on('callback_query', async (ctx) => {
    await answerButton(ctx)
  })
}
