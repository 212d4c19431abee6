import { answer, feature } from '../../kit/index.ts'

/** `/status`: the bot's condition, for administrators; for all others it is an unknown command. */
export const status = feature({
  name: 'status',
  register(bot) {
    bot.command('status', async (ctx, next) => {
      if (!ctx.scope.isAdmin) {
        await next()
        return
      }
      const lines = await ctx.scope.statusLines()
      await answer(ctx, lines.join('\n'))
    })
  },
})
