import { answer, feature } from '../../kit/index.ts'
import { textsFor } from '../texts/index.ts'

/** `/privacy`: what is stored, and for how long. A change of what is stored changes this text too. */
export const privacy = feature({
  name: 'privacy',
  register(bot) {
    bot.command('privacy', async (ctx) => {
      await answer(ctx, textsFor(ctx.scope.language).privacy)
    })
  },
})
