/** The scope of one update: what a feature may know and do around it. */
import type { Update } from 'telegraf/types'
import type { Envelope } from '../inbox/envelope.ts'
import type { Store } from '../redis.ts'
import type { Clock } from '../time.ts'
import { forgetPeer, markBlocked, movePeer, rememberLanguage } from '../state/peers.ts'
import type { BotDefinition } from '../kit/feature.ts'
import { pickLanguage } from '../kit/language.ts'
import type { UpdateScope } from '../kit/types.ts'

export interface ScopeDeps {
  bot: Pick<BotDefinition, 'languages' | 'texts' | 'commands'>
  store: Store
  clock: Clock
  adminTelegramIds: ReadonlySet<string>
  panelUrl: string | null
  /**
   * Languages chosen during this invocation, by user id. An envelope holds the choice as of its acceptance, and
   * messages that follow "/language fr" at once are accepted before it is processed.
   */
  chosen: Map<string, string>
  /** Erases a user's dead letters; resolves to how many. */
  forgetDeadLetters(userId: string): Promise<number>
  statusLines(): Promise<string[]>
}

/**
 * @param storeNowMs the store's time when the lease was given
 * @param leasedAtMs the same instant on the monotonic clock
 */
export function createScope(
  deps: ScopeDeps,
  envelope: Envelope,
  update: Update,
  storeNowMs: number,
  leasedAtMs: number,
): UpdateScope {
  const { store, chosen } = deps
  const { userId } = envelope
  const setting = (userId === null ? undefined : chosen.get(userId)) ?? envelope.language
  let language = pickLanguage(deps.bot.languages, setting, languageCodeOf(update))
  return {
    updateId: envelope.updateId,
    userId,
    rate: envelope.rate,
    get language() {
      return language
    },
    get texts() {
      return deps.bot.texts(language)
    },
    commands: new Set(deps.bot.commands(language).map(({ command }) => command)),
    isAdmin: userId !== null && deps.adminTelegramIds.has(userId),
    panelUrl: deps.panelUrl,
    sinceAcceptedMs: () =>
      Math.max(0, Math.round(storeNowMs - envelope.acceptedAtMs + deps.clock.monotonicMs() - leasedAtMs)),
    async setLanguage(next) {
      language = next
      if (userId === null) return
      chosen.set(userId, next)
      await rememberLanguage(store, userId, next)
    },
    markBlocked: (chatId, blocked) => markBlocked(store, chatId, blocked),
    async forgetSender() {
      if (userId === null) return 0
      chosen.delete(userId)
      return (await forgetPeer(store, userId)) + (await deps.forgetDeadLetters(userId))
    },
    moveChat: (from, to) => movePeer(store, from, to),
    statusLines: () => deps.statusLines(),
  }
}

/** The language of the sender's client. It stands in the `from` of the update's content, of any kind. */
export function languageCodeOf(update: Update): string | undefined {
  for (const content of Object.values(update)) {
    const from = (content as { from?: { language_code?: unknown } } | null)?.from
    if (typeof from?.language_code === 'string') return from.language_code
  }
  return undefined
}
