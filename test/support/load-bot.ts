import type { BotDefinition } from '../../lib/kit/feature.ts'

/** The bot of this project, as `lib/app.ts` hands it to an invocation. */
export const loadBot = async (): Promise<BotDefinition> => (await import('../../lib/bot/index.ts')).bot
