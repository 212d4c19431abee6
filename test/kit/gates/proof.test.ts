import { expect, it } from 'vitest'
import { PROOF_FIELD } from '../../../lib/kit/gates/proof.ts'
import { createTestBot } from '../../support/bot.ts'
import { text } from '../../support/updates.ts'

it('the synthetic update asks Telegram who the bot is, and writes to nobody', async () => {
  const bot = createTestBot()
  const calls = await bot.send({ update_id: 2 ** 52 + 1, [PROOF_FIELD]: {} })
  expect(calls).toEqual([{ method: 'getMe', params: {} }])
})

it('is asked for by that update alone', async () => {
  const bot = createTestBot()
  const methods = (await bot.send(text(PROOF_FIELD))).map(({ method }) => method)
  expect(methods).toEqual(['sendMessage'])
})

it('a refusal of Telegram is a failure like any other', async () => {
  const refuse = () => {
    throw new Error('no')
  }
  const bot = createTestBot({ onCall: refuse })
  await expect(bot.send({ update_id: 2 ** 52 + 1, [PROOF_FIELD]: {} })).rejects.toThrow('no')
})
