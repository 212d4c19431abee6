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
      // Answered also without a notice: the button shows a spinner until then.
      await answerButton(ctx, notice)
      return
    }
    // In a group, only messages for the bot get the notice: members may write to each other as fast as they like.
    if (notice !== undefined && ctx.message !== undefined && isForBot(ctx, ctx.message))
      await answer(ctx, notice)
  })
}
