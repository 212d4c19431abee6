/** One polite sentence to a sender who is too fast, then silence until the window is over. */
import { answer } from '../answer.ts'
import { answerButton } from '../buttons.ts'
import { isForBot } from '../incoming.ts'
import type { Gate } from './gate.ts'

export const rateLimit: Gate = (bot) => {
  bot.use(async (ctx, next) => {
    const { rate, texts } = ctx.scope
    if (rate === 'ok') {
      await next()
      return
    }
    const notice = rate === 'notice' ? texts.tooFast : undefined
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
