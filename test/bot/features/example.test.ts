import { expect, it } from 'vitest'
import { features } from '../../../lib/bot/features/index.ts'
import { createTestBot } from '../../support/bot.ts'
import { text } from '../../support/updates.ts'
import { roll } from './example.ts'

// As a new feature is added: before the two that answer whatever is left.
const bot = createTestBot({ features: features.toSpliced(-2, 0, roll) })

it.each([
  ['/roll', 6],
  ['/roll 2', 2],
  ['/roll@evergram_bot 20', 20],
])('%s answers a number from 1 to %i', async (words, sides) => {
  const rolled = new Set<number>()
  for (let i = 0; i < 30; i++) {
    const calls = await bot.send(text(words))
    expect(calls).toEqual([
      { method: 'sendMessage', params: { chat_id: 42, text: expect.stringMatching(/^🎲 \d+$/) } },
    ])
    rolled.add(Number(String(calls[0]?.params['text']).slice('🎲 '.length)))
  }
  expect(Math.min(...rolled)).toBeGreaterThanOrEqual(1)
  expect(Math.max(...rolled)).toBeLessThanOrEqual(sides)
  expect(rolled.size).toBeGreaterThan(1)
})

it.each(['/roll 1', '/roll a lot', '/roll -3', '/roll 1e99'])('%s is told how', async (words) => {
  const [call] = await bot.send(text(words))
  expect(call?.params['text']).toBe('How many sides shall the die have? Try /roll 20')
})
