/** The clock of a test's bot: it moves when something sleeps or the test says so, and never by itself. */
import type { Clock } from '../time.ts'

export interface TestTime {
  /** Milliseconds since 1970: the store's, the bot's and Telegram's time. */
  nowMs: number
  /** For the worker: each sleep moves the time and ends at once, so a retry costs no real time. */
  clock: Clock
}

/** A time of day that no test depends on: 21 September 2026. */
const START_MS = 1_790_000_000_000

export function createTestTime(): TestTime {
  const time: TestTime = {
    nowMs: START_MS,
    clock: {
      monotonicMs: () => time.nowMs,
      async sleep(ms) {
        time.nowMs += ms
      },
    },
  }
  return time
}
