/** The setup check's synthetic update: it takes the whole way, and its only call asks Telegram who the bot is. */
import type { Gate } from './gate.ts'

/** The update's only field beside its id. Telegram has no kind of this name. */
export const PROOF_FIELD = 'evergram_proof'

export const proof: Gate = (bot) => {
  bot.use(async (ctx, next) => {
    if (PROOF_FIELD in ctx.update) await ctx.telegram.getMe()
    else await next()
  })
}
