/**
 * What a worker reports of its work, as typed events: for the proof of /setup and for the simulator of `npm run dev`.
 * Nothing depends on being observed. An event holds no text of a user; an error is the very one that was caught, and
 * an observer that shows it takes the secrets out first.
 */
export type WorkerEvent = ReceivedEvent | AcceptedEvent | HeadEvent | StoppedEvent | BackgroundFailedEvent

/** A request brought an update; the store is asked to accept it. An invocation receives one update at most. */
export interface ReceivedEvent {
  event: 'received'
  updateId: string
  chatKey: string
}

/** The store has answered an acceptance. */
export interface AcceptedEvent {
  event: 'accepted'
  updateId: string
  chatKey: string
  /** False for an update that was accepted before. */
  isNew: boolean
  /** The acceptance came with the lease of its mailbox. */
  leased: boolean
  /** Since the request came. */
  durationMs: number
}

/**
 * Something happened to the head of a mailbox; in this order. `durationMs` of the last three is how long the store
 * took to answer.
 */
export type HeadEvent = { updateId: string; chatKey: string } & (
  | { event: 'taken'; attempt: number }
  /** A call of the Bot API by the handler has ended; `error` is null where Telegram carried it out. */
  | { event: 'called'; method: string; durationMs: number; error: unknown }
  /**
   * The handler has ended, and what follows is decided.
   * `failureClass` and `error` are null where all went well; `durationMs` is how long the handler worked.
   */
  | {
      event: 'decided'
      next: 'settle' | 'stop' | 'retry' | 'wait' | 'dead'
      failureClass: string | null
      error: unknown
      durationMs: number
    }
  | { event: 'settled'; durationMs: number }
  /** The failure is recorded; `waitMs` until the next try. */
  | { event: 'failed'; how: 'parked' | 'dead'; waitMs: number; durationMs: number }
  /** The store answered that another worker has the mailbox. */
  | { event: 'lost'; at: 'renew' | 'settle' | 'fail'; durationMs: number }
)

/** The store failed: the mailbox is left for another worker. */
export interface StoppedEvent {
  event: 'stopped'
  chatKey: string
  error: unknown
}

/** Work after an answer ended with an error that no other event reports. */
export interface BackgroundFailedEvent {
  event: 'background failed'
  error: unknown
}

/** Called at once with each event; must not throw. */
export type Observer = (event: WorkerEvent) => void
