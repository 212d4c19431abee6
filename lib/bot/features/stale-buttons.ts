import { answerButton, feature } from '../../kit/index.ts'

/** Buttons of keyboards that no feature knows any more: answered, so that they do not spin. */
export const staleButtons = feature({
  name: 'stale-buttons',
  register(bot) {
    bot.on('callback_query', async (ctx) => {
      await answerButton(ctx)
    })
  },
})
