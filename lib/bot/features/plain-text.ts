import { answer, commandIn, feature, isForBot, isText } from '../../kit/index.ts'
import { textsFor } from '../texts/index.ts'

/** The last feature: a short answer to each message for the bot that no other feature has kept. */
export const plainText = feature({
  name: 'plain-text',
  register(bot) {
    bot.on('message', async (ctx) => {
      const message = ctx.message
      if (!isForBot(ctx, message)) return
      const { plainText, unknownCommand, notText } = textsFor(ctx.scope.language)
      if (!isText(message)) await answer(ctx, notText)
      else await answer(ctx, commandIn(message) === null ? plainText : unknownCommand)
    })
  },
})
