import { answer } from '../../kit/answer.ts'
import { isPrivate } from '../../kit/incoming.ts'
import { texts } from '../texts/index.ts'
import type { Feature } from '../../kit/types.ts'

/** `/panel`: a button that opens the panel, for administrators; to anybody else it is a command like no other. */
export const panel: Feature = (bot) => {
  bot.command('panel', async (ctx, next) => {
    // Telegram refuses such a button anywhere but in a private chat.
    if (!ctx.scope.isAdmin || !isPrivate(ctx.message)) {
      await next()
      return
    }
    const { panelPrompt, panelButton, panelUnavailable } = texts[ctx.scope.language]
    const url = ctx.scope.panelUrl
    if (url === null) await answer(ctx, panelUnavailable)
    else {
      const keyboard = [[{ text: panelButton, web_app: { url } }]]
      await answer(ctx, panelPrompt, { reply_markup: { inline_keyboard: keyboard } })
    }
  })
}
