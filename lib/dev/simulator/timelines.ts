/** The timeline of each update: what Telegram and the functions did with it. */
import { updateKind } from '../telegram/queue.ts'
import type { DeliveryRecord, Update } from '../telegram/types.ts'
import type { Standing, Step, StepName, Timeline } from './wire.ts'

/** How many updates are remembered. */
const MOST = 500

/** After so many steps of an update, its further store calls and log lines are dropped. */
const MOST_STEPS = 300

export interface Timelines {
  begin(update: Update, isWanted: boolean): void
  deliver(delivery: DeliveryRecord): void
  /** Adds a step, in its place by time; steps of unknown updates are dropped. */
  add(updateId: number, step: Step): void
  /** After a step was changed in place. */
  touch(updateId: number): void
  find(updateId: number): Timeline | undefined
  /** Newest last. */
  all(): Timeline[]
}

/** Where an update stands after a step; steps that are left out change nothing. */
const AFTER: Partial<Record<StepName, Standing>> = {
  accepted: 'accepted',
  leased: 'working',
  failed: 'waiting',
  settled: 'settled',
  dead: 'dead',
}

/** @param onChange called with each timeline that has changed */
export function createTimelines(onChange: (timeline: Timeline) => void, now: () => number): Timelines {
  const known = new Map<number, Timeline>()

  function add(updateId: number, step: Step): void {
    const timeline = known.get(updateId)
    if (timeline === undefined) return
    const { steps } = timeline
    // An outage of hours makes thousands of tries, which must not fill the memory.
    if (steps.length >= MOST_STEPS && (step.name === 'store' || step.name === 'log')) return
    let place = steps.length
    while (place > 0 && (steps[place - 1]?.at ?? 0) > step.at) place -= 1
    steps.splice(place, 0, step)
    const standing = AFTER[step.name]
    // A duplicate's acceptance changes nothing for an update that is further along.
    const isLate = step.name === 'accepted' && timeline.standing !== 'undelivered'
    if (standing !== undefined && !isLate) timeline.standing = standing
    onChange(timeline)
  }

  return {
    begin(update, isWanted) {
      const kind = updateKind(update)
      const body = (update[kind] ?? {}) as Body
      const timeline: Timeline = {
        updateId: update.update_id,
        kind,
        chatId: body.chat?.id ?? body.message?.chat?.id ?? null,
        userId: body.from?.id ?? body.user?.id ?? null,
        at: now(),
        standing: isWanted ? 'undelivered' : 'unwanted',
        raw: update,
        steps: [],
      }
      known.delete(update.update_id)
      known.set(update.update_id, timeline)
      for (const id of known.keys()) {
        if (known.size <= MOST) break
        known.delete(id)
      }
      const title = isWanted
        ? `Telegram has the ${kind}`
        : `Telegram has the ${kind}; the bot has not asked for it (allowed_updates)`
      add(timeline.updateId, { name: 'sent', at: timeline.at, title, state: 'ok' })
    },
    deliver({ updateId, attempt, status, ms, error, fault }) {
      const isDelivered = status >= 200 && status < 300
      add(updateId, {
        name: 'delivery',
        at: now() - ms,
        title: `delivery ${attempt}: ${status === 0 ? (error ?? 'no answer') : status}`,
        state: isDelivered ? 'ok' : 'bad',
        ms,
        ...(fault === undefined ? {} : { fault }),
      })
    },
    add,
    touch(updateId) {
      const timeline = known.get(updateId)
      if (timeline !== undefined) onChange(timeline)
    },
    find: (updateId) => known.get(updateId),
    all: () => [...known.values()],
  }
}

interface Body {
  chat?: { id: number }
  message?: { chat?: { id: number } }
  from?: { id: number }
  user?: { id: number }
}
