import { answer, feature } from '../../kit/index.ts'
import { commandsFor } from '../commands.ts'
import { textsFor } from '../texts/index.ts'

/** `/help`: the commands of the menu; administrators see theirs beside them. */
export const help = feature({
  name: 'help',
  register(bot) {
    bot.command('help', async (ctx) => {
      const { language, isAdmin } = ctx.scope
      const { helpIntro, helpStatus, helpPanel, helpGroups } = textsFor(language)
      const lines = commandsFor(language).map(({ command, description }) => `/${command} – ${description}`)
      if (isAdmin) lines.push(`/status – ${helpStatus}`, `/panel – ${helpPanel}`)
      await answer(ctx, [helpIntro, '', ...lines, '', helpGroups].join('\n'))
    })
  },
})
