/** The inbox's results. Words are those of the glossary; every time is in milliseconds by the store's clock. */

/** A shard's copy of the bot's state; comes with every lease. */
export interface BotState {
  /** getMe's answer as JSON text; null before the first initialisation. */
  info: string | null
  epoch: number
  status: string
  /** Why processing is stopped ('telegram', 'token', 'throttled', 'paused'), or ''. */
  breaker: string
  /** 'throttled': when it ends; else the earliest time of the next probe. */
  breakerUntilMs: number
  errors: number
}

/** The exclusive right of `owner` to process the head of one mailbox. */
export interface Lease {
  chatKey: string
  owner: string
  fence: string
  /** Which take of this head it is, from 1. */
  attempt: number
  updateId: string
  /** The head's envelope text. */
  head: string
  /** The store's time when the lease was given. */
  nowMs: number
}
