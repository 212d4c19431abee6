import { answer } from '../../kit/answer.ts'
import { commandsFor } from '../commands.ts'
import { texts } from '../texts/index.ts'
import type { Feature } from '../../kit/types.ts'

/** `/help`: the commands of the menu; administrators see theirs beside them. */
export const help: Feature = (bot) => {
  bot.command('help', async (ctx) => {
    const { language, isAdmin } = ctx.scope
    const { helpIntro, helpStatus, helpPanel, helpGroups } = texts[language]
    const lines = commandsFor(language).map(({ command, description }) => `/${command} – ${description}`)
    if (isAdmin) lines.push(`/status – ${helpStatus}`, `/panel – ${helpPanel}`)
    await answer(ctx, [helpIntro, '', ...lines, '', helpGroups].join('\n'))
  })
}
