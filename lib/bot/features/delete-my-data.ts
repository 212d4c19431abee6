import { answer, answerButton, editButtons, feature, type Keyboard } from '../../kit/index.ts'
import { textsFor } from '../texts/index.ts'

/** `/deletemydata`: asks first, then erases what is stored about the sender. */
export const deleteMyData = feature({
  name: 'delete-my-data',
  register(bot) {
    bot.command('deletemydata', async (ctx) => {
      const { userId, language } = ctx.scope
      if (userId === null) return
      const { deletePrompt, deleteYes, deleteNo } = textsFor(language)
      const keyboard: Keyboard = [
        [
          { text: deleteYes, callback_data: `deletemydata:yes:${userId}` },
          { text: deleteNo, callback_data: `deletemydata:no:${userId}` },
        ],
      ]
      await answer(ctx, deletePrompt, { reply_markup: { inline_keyboard: keyboard } })
    })

    bot.action(/^deletemydata:(yes|no):(\d+)$/, async (ctx) => {
      // Read before the data go, for the stored language goes with them.
      const { deleteDone, deleteKept, notYourButton } = textsFor(ctx.scope.language)
      // In a group every member can press. Only the person who asked may erase, and only their own data.
      if (ctx.match[2] !== ctx.scope.userId) {
        await answerButton(ctx, notYourButton)
        return
      }
      const erase = ctx.match[1] === 'yes'
      if (erase) await ctx.scope.forgetSender()
      const outcome = erase ? deleteDone : deleteKept
      await answerButton(ctx, outcome)
      await editButtons(ctx, outcome)
    })
  },
})
