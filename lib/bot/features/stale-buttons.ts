import { answerButton, feature } from '../../kit/index.ts'

/** Buttons that no feature handles any more: answered, because the client shows a spinner until then. */
export const staleButtons = feature({
  name: 'stale-buttons',
  register(bot) {
    bot.on('callback_query', async (ctx) => {
      await answerButton(ctx)
    })
  },
})
