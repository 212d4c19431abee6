import { answer, answerButton, editButtons, feature, type Keyboard } from '../../kit/index.ts'
import { LANGUAGES, namedLanguage, texts, textsFor } from '../texts/index.ts'

function keyboard(current: string): Keyboard {
  const button = (code: (typeof LANGUAGES)[number]) => ({
    text: `${code === current ? '✓ ' : ''}${texts[code].languageName}`,
    callback_data: `language:${code}`,
  })
  return [LANGUAGES.map(button)]
}

/** `/language` shows the choice, `/language fr` makes it; the buttons do the same. */
export const language = feature({
  name: 'language',
  register(bot) {
    bot.command('language', async (ctx) => {
      const wanted = ctx.payload.trim()
      const chosen = namedLanguage(wanted)
      if (chosen !== null) {
        await ctx.scope.setLanguage(chosen)
        await answer(ctx, texts[chosen].languageSet)
        return
      }
      const current = ctx.scope.language
      const { languagePrompt, languageUnknown } = textsFor(current)
      await answer(ctx, wanted === '' ? languagePrompt : languageUnknown, {
        reply_markup: { inline_keyboard: keyboard(current) },
      })
    })

    bot.action(/^language:(.*)$/, async (ctx, next) => {
      const chosen = namedLanguage(ctx.match[1] ?? '')
      if (chosen === null) {
        await next()
        return
      }
      await ctx.scope.setLanguage(chosen)
      await answerButton(ctx, texts[chosen].languageSet)
      await editButtons(ctx, texts[chosen].languageSet, keyboard(chosen))
    })
  },
})
