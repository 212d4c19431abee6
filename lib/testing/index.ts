/** The author's test kit; README.md beside it shows a whole test. */
export type { Answer } from './answer.ts'
export type { Person, Place } from './people.ts'
export { startTestStore, type TestStore } from './store.ts'
export { testBot, type Profile, type Refusal, type TestBot, type TestBotOptions } from './test-bot.ts'
