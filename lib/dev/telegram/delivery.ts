import { createPoster, isLoopbackUrl, NO_ANSWER, type PostOutcome } from './post.ts'
import { dropExpired, noteWebhookError, remove, retryWaitMs } from './queue.ts'
import type { DeliveryFaults, DeliveryRecord, PendingUpdate } from './types.ts'
import { record, type World } from './world.ts'

/** After only 410 answers for this long, Telegram removes the webhook. */
const GONE_MS = 23 * 3600 * 1000

export interface Delivery {
  faults: DeliveryFaults
  close(): void
}

interface Queue {
  waiting: PendingUpdate[]
  inFlight: boolean
  timer?: NodeJS.Timeout
  /** The update that waits until another one overtakes it. */
  held?: PendingUpdate | undefined
}

/**
 * Delivers updates to the webhook like Telegram's Bot API server: one queue per chat (per user for queries) with one
 * POST in flight, and at most max_connections POSTs in total. A failed POST is retried at once, then after 2, 4, 8 …
 * of Telegram's seconds, up to a random cap.
 * `onReply` gets the body of each successful answer, which may contain a method call.
 */
export function startDelivery(world: World, onReply: (body: string) => void): Delivery {
  const poster = createPoster()
  const queues = new Map<string, Queue>()
  const ready = new Set<string>()
  let connections = 0
  // Results of deliveries to an earlier webhook are ignored.
  let generation = 0
  let scheduled: NodeJS.Immediate | undefined
  let goneSince: number | undefined
  let copies = 1
  let answersToDrop = 0
  /** What outOfOrder did to an update, for its record. */
  const disorder = new WeakMap<PendingUpdate, string>()
  const faults: DeliveryFaults = {
    duplicate: (n) => {
      copies = Math.max(1, n)
    },
    dropAnswer: (times) => {
      answersToDrop = times
    },
    outOfOrder: false,
    overtakingMs: 0,
    get state() {
      return { copies, answersToDrop }
    },
  }

  // Not at once, so that updates of one burst are all in the queue first.
  const schedule = (): void => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined
      pump()
    })
  }

  function pump(): void {
    dropExpired(world)
    for (const key of ready) {
      if (world.webhook.url === '' || connections >= world.webhook.maxConnections) return
      ready.delete(key)
      const queue = queues.get(key)
      if (queue === undefined) continue
      queue.waiting = queue.waiting.filter((pending) => world.queue.has(pending))
      if (faults.outOfOrder) disarrange(queue)
      const head = queue.waiting[0]
      if (head === undefined) queues.delete(key)
      else if (faults.outOfOrder && hold(key, queue, head)) continue
      else void deliver(key, queue, head)
    }
  }

  function disarrange({ waiting }: Queue): void {
    const newest = waiting.at(-1)
    const [oldest] = waiting
    if (newest === undefined || oldest === undefined || newest === oldest) return
    disorder.set(newest, `out of order: before update ${oldest.update.update_id}`)
    disorder.set(oldest, `out of order: after update ${newest.update.update_id}`)
    waiting.unshift(...waiting.splice(-1))
  }

  /** Delays an update that is alone in its queue, once, so that the next one of its chat can overtake it. */
  function hold(key: string, queue: Queue, head: PendingUpdate): boolean {
    const isLone = queue.waiting.length === 1 && !disorder.has(head) && head.attempts === 0
    if (faults.overtakingMs <= 0 || !isLone) return false
    disorder.set(head, 'held back, nothing overtook it')
    queue.held = head
    queue.timer = setTimeout(() => {
      queue.held = undefined
      ready.add(key)
      schedule()
    }, faults.overtakingMs)
    return true
  }

  async function deliver(key: string, queue: Queue, pending: PendingUpdate): Promise<void> {
    const mine = generation
    queue.inFlight = true
    connections += 1
    pending.attempts += 1
    const sent = copies
    const attempts = Array.from({ length: sent }, (_, copy) =>
      attempt(pending, sent > 1 ? `copy ${copy + 1} of ${sent}` : disorder.get(pending)),
    )
    const outcomes = await Promise.all(attempts)
    if (mine !== generation) return
    connections -= 1
    queue.inFlight = false
    const [failure] = outcomes
    if (failure === undefined || outcomes.some(isSuccess)) {
      goneSince = undefined
      remove(world, pending)
      ready.add(key)
    } else {
      postpone(key, queue, pending, failure)
    }
    schedule()
  }

  async function attempt(pending: PendingUpdate, disturbance?: string): Promise<PostOutcome> {
    const at = world.now()
    const started = performance.now()
    const headers: Record<string, string> =
      world.webhook.secretToken === '' ? {} : { 'x-telegram-bot-api-secret-token': world.webhook.secretToken }
    const { attempts } = pending
    const url = world.deliverTo ?? world.webhook.url
    // Loopback only: an emulated update must never reach a deployed bot.
    let outcome: PostOutcome = isLoopbackUrl(url)
      ? await poster.post(url, headers, JSON.stringify(pending.update), world.responseTimeoutMs)
      : { ...NO_ANSWER, error: 'Connection refused: not a loopback host' }
    let fault = disturbance
    if (answersToDrop > 0 && outcome.status !== 0) {
      answersToDrop -= 1
      fault = `its answer ${outcome.status} was dropped`
      outcome = { ...NO_ANSWER, error: 'Connection closed: answer dropped' }
    }
    const delivery: DeliveryRecord = {
      updateId: pending.update.update_id,
      attempt: attempts,
      status: outcome.status,
      at,
      ms: performance.now() - started,
      ...(outcome.error === undefined ? {} : { error: outcome.error }),
      ...(fault === undefined ? {} : { fault }),
    }
    record(world, world.deliveries, delivery)
    world.signals.emit('observed', { kind: 'delivery', delivery })
    if (isSuccess(outcome) && outcome.body.startsWith('{')) onReply(outcome.body)
    return outcome
  }

  function postpone(key: string, queue: Queue, pending: PendingUpdate, failure: PostOutcome): void {
    noteWebhookError(
      world,
      failure.error ?? `Wrong response from the webhook: ${failure.status} ${failure.reason}`.trim(),
    )
    if (failure.status === 410) {
      goneSince ??= world.now()
      if (world.now() - goneSince >= GONE_MS) {
        world.webhook.url = ''
        world.signals.emit('webhook')
        world.signals.emit('change')
        return
      }
    } else goneSince = undefined
    const waitMs = retryWaitMs(world, pending, failure.retryAfterSeconds)
    const expired = pending.expiresAt < world.now() + waitMs
    if (expired) remove(world, pending)
    if (expired || waitMs === 0) {
      ready.add(key)
      return
    }
    queue.timer = setTimeout(() => {
      ready.add(key)
      schedule()
    }, waitMs)
  }

  const onQueued = (pending: PendingUpdate): void => {
    const queue = queues.get(pending.queueKey) ?? { waiting: [], inFlight: false }
    queues.set(pending.queueKey, queue)
    queue.waiting.push(pending)
    dropExpired(world)
    // While the head waits for its retry, only its timer starts the queue again, unless the head was removed.
    const [head] = queue.waiting
    const isOvertaken = queue.held !== undefined && head === queue.held && head !== pending
    if (
      !queue.inFlight &&
      (isOvertaken || head === pending || (head !== undefined && !world.queue.has(head)))
    ) {
      queue.held = undefined
      clearTimeout(queue.timer)
      ready.add(pending.queueKey)
    }
    schedule()
  }

  // As in Telegram, a new webhook resets every backoff.
  const onWebhook = (): void => {
    stopQueues()
    for (const pending of world.queue) {
      pending.attempts = 0
      pending.delaySeconds = 1
      onQueued(pending)
    }
  }

  function stopQueues(): void {
    generation += 1
    connections = 0
    goneSince = undefined
    for (const { timer } of queues.values()) clearTimeout(timer)
    queues.clear()
    ready.clear()
  }

  world.signals.on('queued', onQueued)
  world.signals.on('webhook', onWebhook)
  return {
    faults,
    close() {
      world.signals.off('queued', onQueued)
      world.signals.off('webhook', onWebhook)
      stopQueues()
      clearImmediate(scheduled)
      poster.close()
    },
  }
}

const isSuccess = ({ status }: PostOutcome): boolean => status >= 200 && status < 300
