import { expect, it } from 'vitest'
import { PROOF_FIELD } from '../../../lib/kit/gates/proof.ts'
import { featureBot } from '../../support/feature-bot.ts'

it('the synthetic update asks Telegram who the bot is, and writes to nobody', async () => {
  const { delivers } = await featureBot()
  const { calls } = await delivers({ [PROOF_FIELD]: {} })
  expect(calls).toEqual([{ method: 'getMe', params: {} }])
})

it('a text with the name of its field is an ordinary message', async () => {
  const { person } = await featureBot()
  const { calls } = await person('Anna').says(PROOF_FIELD)
  expect(calls.map(({ method }) => method)).toEqual(['sendMessage'])
})

it('a refusal by Telegram fails the synthetic update', async () => {
  const { delivers, refuses } = await featureBot()
  refuses('getMe', { description: 'Bad Request: no' })
  await expect(delivers({ [PROOF_FIELD]: {} })).rejects.toThrow('Bad Request: no')
})
