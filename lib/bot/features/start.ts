import { answer } from '../../kit/answer.ts'
import { texts } from '../texts/index.ts'
import type { Feature } from '../../kit/types.ts'

/** `/start`: a greeting by name, and what to try first. */
export const start: Feature = (bot) => {
  bot.command('start', async (ctx) => {
    const given: unknown = ctx.from?.first_name
    const name = typeof given === 'string' ? given.trim() : ''
    await answer(ctx, texts[ctx.scope.language].start(name === '' ? null : name))
  })
}
