import { answer, type Keyboard } from '../../kit/answer.ts'
import { answerButton, editButtons } from '../../kit/buttons.ts'
import { namedLanguage, texts } from '../texts/index.ts'
import { LANGUAGES, type Feature, type Language } from '../../kit/types.ts'

function keyboard(current: Language): Keyboard {
  const button = (code: Language) => ({
    text: `${code === current ? '✓ ' : ''}${texts[code].languageName}`,
    callback_data: `language:${code}`,
  })
  return [LANGUAGES.map(button)]
}

/** `/language` shows the choice, `/language fr` makes it; the buttons do the same. */
export const language: Feature = (bot) => {
  bot.command('language', async (ctx) => {
    const wanted = ctx.payload.trim()
    const chosen = namedLanguage(wanted)
    if (chosen !== null) {
      await ctx.scope.setLanguage(chosen)
      await answer(ctx, texts[chosen].languageSet)
      return
    }
    const current = ctx.scope.language
    const { languagePrompt, languageUnknown } = texts[current]
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
}
