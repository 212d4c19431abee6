import { randomInt } from 'node:crypto'
import { feature } from '../../../lib/kit/index.ts'

/** `/roll` throws a die; `/roll 20` throws one with twenty sides. */
export const roll = feature({
  name: 'roll',
  register(bot) {
    bot.command('roll', async (ctx) => {
      const sides = Number(ctx.payload || 6)
      if (Number.isInteger(sides) && sides >= 2) await ctx.reply(`🎲 ${randomInt(1, sides + 1)}`)
      else await ctx.reply('How many sides shall the die have? Try /roll 20')
    })
  },
})
