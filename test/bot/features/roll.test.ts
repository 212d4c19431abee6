import { expect, it, onTestFinished } from 'vitest'
import { testBot } from '../../../lib/testing/index.ts'
import { roll } from './roll.ts'

it('/roll throws a die', async () => {
  const { person, close } = await testBot({ features: [roll] })
  onTestFinished(close)
  const anna = person('Anna')
  expect((await anna.says('/roll')).text).toMatch(/^🎲 [1-6]$/)
  expect((await anna.says('/roll 2')).text).toMatch(/^🎲 [12]$/)
  expect((await anna.says('/roll a lot')).text).toContain('Try /roll 20')
})
