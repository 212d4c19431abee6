import { answer, commandIn, cut, feature, MESSAGE_LIMIT, replyTo } from '../../kit/index.ts'

/** `pong <text>` and, on a line of its own, the time. A long text gives way, so that the time stays. */
export function pong(text: string, milliseconds: number): string {
  const time = `\n${Math.max(0, Math.round(milliseconds))} ms`
  const words = text.trim() === '' ? 'pong' : `pong ${text}`
  return cut(words, MESSAGE_LIMIT - time.length) + time
}

/** `/ping <text>`: the text back, with the milliseconds from acceptance to this answer. */
export const ping = feature({
  name: 'ping',
  register(bot) {
    bot.command('ping', async (ctx) => {
      const text = commandIn(ctx.message)?.payload ?? ''
      await answer(ctx, pong(text, ctx.scope.sinceAcceptedMs()), replyTo(ctx.message))
    })
  },
})
