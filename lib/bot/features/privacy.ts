import { answer } from '../../kit/answer.ts'
import { texts } from '../texts/index.ts'
import type { Feature } from '../../kit/types.ts'

/** `/privacy`: what is stored, and for how long. It changes whenever what is stored changes. */
export const privacy: Feature = (bot) => {
  bot.command('privacy', async (ctx) => {
    await answer(ctx, texts[ctx.scope.language].privacy)
  })
}
