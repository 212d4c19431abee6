import { answer } from '../../kit/answer.ts'
import { commandIn, isForBot, isText } from '../../kit/incoming.ts'
import { texts } from '../texts/index.ts'
import type { Feature } from '../../kit/types.ts'

/** The last feature: a short, helpful answer to whatever was meant for the bot and understood by none. */
export const plainText: Feature = (bot) => {
  bot.on('message', async (ctx) => {
    const message = ctx.message
    if (!isForBot(ctx, message)) return
    const { plainText, unknownCommand, notText } = texts[ctx.scope.language]
    if (!isText(message)) await answer(ctx, notText)
    else await answer(ctx, commandIn(message) === null ? plainText : unknownCommand)
  })
}
