import { answer, feature, isPrivate } from '../../kit/index.ts'
import { textsFor } from '../texts/index.ts'

/** `/panel`: a button that opens the panel, for administrators; for all others it is an unknown command. */
export const panel = feature({
  name: 'panel',
  register(bot) {
    bot.command('panel', async (ctx, next) => {
      // Telegram refuses such a button anywhere but in a private chat.
      if (!ctx.scope.isAdmin || !isPrivate(ctx.message)) {
        await next()
        return
      }
      const { panelPrompt, panelButton, panelUnavailable } = textsFor(ctx.scope.language)
      const url = ctx.scope.panelUrl
      if (url === null) await answer(ctx, panelUnavailable)
      else {
        const keyboard = [[{ text: panelButton, web_app: { url } }]]
        await answer(ctx, panelPrompt, { reply_markup: { inline_keyboard: keyboard } })
      }
    })
  },
})
