import type { Composer } from 'telegraf'
import type { BotContext } from '../types.ts'

/** Middleware of the engine that every update passes before the first feature. */
export type Gate = (bot: Composer<BotContext>) => void
