/** That the calls of all features are held against the Bot API's schema: a wrong one is noticed. */
import { describe, expect, it } from 'vitest'
import { feature, type Feature } from '../../../lib/kit/index.ts'
import { createTestBot } from '../../support/bot.ts'
import { schema } from '../../support/schema.ts'
import { text } from '../../support/updates.ts'

if (schema === null)
  console.warn('SKIPPED: outgoing calls against the Bot API (no ../shared/telegram/api.json)')

function featureWith(extra: object): Feature {
  return feature({
    name: 'hello',
    register(bot) {
      bot.on('message', async (ctx) => {
        await ctx.reply('hello', extra)
      })
    },
  })
}

describe.skipIf(schema === null)('an outgoing call', () => {
  it('passes as the Bot API has it', async () => {
    const bot = createTestBot({ features: [featureWith({ reply_parameters: { message_id: 7 } })] })
    expect(await bot.send(text('hi'))).toHaveLength(1)
  })

  it.each([
    { reply_to: 7 },
    { reply_parameters: {} },
    { reply_parameters: { message_id: '7' } },
    { reply_markup: { inline_keyboard: [[{ callback_data: 'x' }]] } },
  ])('with %j fails the test', async (extra) => {
    const bot = createTestBot({ features: [featureWith(extra)] })
    await expect(bot.send(text('hi'))).rejects.toThrow('not as the Bot API has it')
  })
})
