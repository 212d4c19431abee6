/** One polite sentence to a sender who is too fast, then silence until the window is over. */
import { answer } from '../answer.ts'
import { answerButton } from '../buttons.ts'
import { isForBot } from '../incoming.ts'
import { texts } from '../../bot/texts/index.ts'
import type { Feature } from '../types.ts'

export const rateLimit: Feature = (bot) => {
  bot.use(async (ctx, next) => {
    const { rate, language } = ctx.scope
    if (rate === 'ok') {
      await next()
      return
    }
    const notice = rate === 'notice' ? texts[language].tooFast : undefined
    if (ctx.callbackQuery !== undefined) {
      // Answered even in silence: a button spins until its press is.
      await answerButton(ctx, notice)
      return
    }
    // People may talk in a group as fast as they like: only what was meant for the bot is answered.
    if (notice !== undefined && ctx.message !== undefined && isForBot(ctx, ctx.message))
      await answer(ctx, notice)
  })
}
