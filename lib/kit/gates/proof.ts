/** The synthetic update of *prove*: it is processed like any other, and its only call is getMe. */
import type { Gate } from './gate.ts'

/** The update's only field beside its id. Telegram has no kind of this name. */
export const PROOF_FIELD = 'evergram_proof'

export const proof: Gate = (bot) => {
  bot.use(async (ctx, next) => {
    if (PROOF_FIELD in ctx.update) await ctx.telegram.getMe()
    else await next()
  })
}
