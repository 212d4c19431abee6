/** Every call of the feature tests is held against the Bot API's schema: that a wrong call is noticed. */
import { describe, expect, it } from 'vitest'
import { checkCall, schema } from './schema.ts'

if (schema === null)
  console.warn('SKIPPED: outgoing calls against the Bot API (no ../shared/telegram/api.json)')

describe.skipIf(schema === null)('an outgoing call', () => {
  const faultsWith = (extra: object) => checkCall('sendMessage', { chat_id: 42, text: 'hello', ...extra })

  it('passes as the Bot API has it', () => {
    expect(faultsWith({ reply_parameters: { message_id: 7 } })).toEqual([])
  })

  it.each([
    { reply_to: 7 },
    { reply_parameters: {} },
    { reply_parameters: { message_id: '7' } },
    { reply_markup: { inline_keyboard: [[{ callback_data: 'x' }]] } },
  ])('with %j is noticed', (extra) => {
    expect(faultsWith(extra)).not.toEqual([])
  })
})
