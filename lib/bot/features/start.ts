import { answer, feature } from '../../kit/index.ts'
import { textsFor } from '../texts/index.ts'

/** `/start`: a greeting by name, and what to try first. */
export const start = feature({
  name: 'start',
  register(bot) {
    bot.command('start', async (ctx) => {
      const given: unknown = ctx.from?.first_name
      const name = typeof given === 'string' ? given.trim() : ''
      await answer(ctx, textsFor(ctx.scope.language).start(name === '' ? null : name))
    })
  },
})
