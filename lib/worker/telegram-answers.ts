import { TelegramRefused } from '../errors.ts'
import { isRevoked } from '../kit/refusals.ts'
import type { TelegramCall } from '../telegram.ts'

const TIMEOUT_MS = 10_000

/** True where Telegram answers a call that has nothing to do with any update; false also for a revoked token. */
export async function telegramAnswers(call: TelegramCall): Promise<boolean> {
  try {
    await call('getWebhookInfo', {}, { timeoutMs: TIMEOUT_MS })
    return true
  } catch (error) {
    return error instanceof TelegramRefused && !isRevoked(error)
  }
}
