/**
 * A model of the inbox in plain arrays, with which the real scripts are compared. It has no records,
 * no index and no keys, and no expiry except `forget`.
 */
import { shardOf } from '../../lib/redis.ts'
import type { Failure } from '../../lib/inbox/fail.ts'
import { IDLE_MS } from '../../lib/inbox/lua.ts'
import type { BotState, Lease } from '../../lib/inbox/types.ts'
import { LEASE_MS, START_MS, SWEEP_MS } from './inbox.ts'

export interface ModelUpdate {
  id: string
  acceptedMs: number
  replays: number
}

export interface ModelBox {
  /** The head first. */
  queue: ModelUpdate[]
  owner: string | null
  untilMs: number
  fence: number
  attempt: number
  waitMs: number
  done: string
  emptySinceMs: number
}

const emptyBox = (nowMs: number): ModelBox => ({
  queue: [],
  owner: null,
  untilMs: 0,
  fence: 0,
  attempt: 0,
  waitMs: 0,
  done: '-',
  emptySinceMs: nowMs,
})

export const payloadOf = (id: string): string => `{"update_id":${id}}`

export class InboxModel {
  nowMs = START_MS
  boxes = new Map<string, ModelBox>()
  /** Update id -> the owner that accepted it. */
  seen = new Map<string, string>()
  /** Update id -> its letter; `text` as it is stored. */
  dead = new Map<string, { chat: string; replays: number; text: string }>()
  accepted = 0
  settled = 0
  discarded = 0
  bot: BotState = { info: null, epoch: 0, status: 'UNKNOWN', breaker: '', breakerUntilMs: 0, errors: 0 }
  limited = { atMs: 0, by: '' }
  sweptAtMs = 0
  /** Shard -> when accept last checked for expired mailboxes. */
  peekedAtMs = new Map<number, number>()
  /** Calls that have replayed or discarded a letter. */
  acted = new Set<string>()

  box(chat: string): ModelBox {
    let box = this.boxes.get(chat)
    if (!box) this.boxes.set(chat, (box = emptyBox(this.nowMs)))
    return box
  }

  isOpen(): boolean {
    const { breaker, breakerUntilMs } = this.bot
    if (breaker !== 'throttled') return breaker !== ''
    return breakerUntilMs > this.nowMs && breakerUntilMs <= this.nowMs + 60_000
  }

  isFree({ owner, untilMs }: ModelBox): boolean {
    return owner === null || untilMs <= this.nowMs || untilMs > this.nowMs + 4 * LEASE_MS
  }

  isWaiting({ waitMs, untilMs }: ModelBox): boolean {
    return waitMs > this.nowMs && untilMs <= this.nowMs
  }

  /** True where a worker is missing: the sweep must bring this mailbox. */
  needsWorker(box: ModelBox): boolean {
    return box.queue.length > 0 && this.isFree(box) && !this.isWaiting(box)
  }

  pendingOf(shard: number): number {
    return [...this.boxes].reduce(
      (sum, [chat, { queue }]) => sum + (shardOf(chat) === shard ? queue.length : 0),
      0,
    )
  }

  protected lease(box: ModelBox, owner: string): void {
    if (box.owner !== owner) {
      box.fence = Math.max(box.fence + 1, this.nowMs)
      box.owner = owner
      box.attempt++
      box.waitMs = 0
    }
    box.untilMs = this.nowMs + LEASE_MS
  }

  #free(box: ModelBox): void {
    box.owner = null
    box.untilMs = 0
  }

  /** The stored texts of a mailbox's updates, the head first. */
  envelopes({ queue }: ModelBox): string[] {
    return queue.map(
      ({ id, acceptedMs, replays }) => `1 ${id} ${acceptedMs} - ok - ${replays}\n${payloadOf(id)}`,
    )
  }

  /** The head's lease as its owner gets it. */
  #told(chat: string, box: ModelBox): Lease {
    const [head = ''] = this.envelopes({ ...box, queue: box.queue.slice(0, 1) })
    return {
      chatKey: chat,
      owner: box.owner ?? '',
      fence: String(box.fence),
      attempt: box.attempt,
      updateId: box.queue[0]?.id ?? '',
      head,
      nowMs: this.nowMs,
    }
  }

  accept(id: string, chat: string, owner: string) {
    const box = this.box(chat)
    const isNew = !this.seen.has(id)
    const becameHead = isNew && box.queue.length === 0
    if (isNew) {
      this.seen.set(id, owner)
      this.accepted++
      this.#append(box, { id, acceptedMs: this.nowMs, replays: 0 })
    }
    const running = !this.isOpen()
    const mayLease = box.owner === owner || (running && !this.isWaiting(box) && this.isFree(box))
    const leased = box.queue.length > 0 && mayLease
    if (leased) this.lease(box, owner)
    const shard = shardOf(chat)
    const looks =
      running && this.pendingOf(shard) > 1 && Math.abs(this.nowMs - (this.peekedAtMs.get(shard) ?? 0)) >= 1000
    if (looks) this.peekedAtMs.set(shard, this.nowMs)
    const throttledMs = Math.max(this.bot.breakerUntilMs - this.nowMs, 1)
    return {
      word: this.seen.get(id) === owner ? 'accepted' : 'duplicate',
      lease: leased ? this.#told(chat, box) : null,
      bot: { ...this.bot },
      sweepDue: running && Math.abs(this.nowMs - this.sweptAtMs) >= SWEEP_MS,
      waitMs: becameHead && !leased && this.bot.breaker === 'throttled' ? throttledMs : 0,
      looks,
    }
  }

  #append(box: ModelBox, update: ModelUpdate): void {
    if (box.queue.push(update) > 1) return
    box.attempt = 0
    box.waitMs = 0
  }

  #remove(box: ModelBox): void {
    box.queue.shift()
    box.attempt = 0
    box.waitMs = 0
    if (box.queue.length === 0) box.emptySinceMs = this.nowMs
  }

  protected isMine(box: ModelBox, lease: Lease): boolean {
    return box.owner === lease.owner && String(box.fence) === lease.fence
  }

  settle(lease: Lease, takeNext: boolean, errors: number) {
    const box = this.box(lease.chatKey)
    const done = `settled/${lease.updateId}/${lease.owner}/${lease.fence}`
    const isMine = this.isMine(box, lease)
    const answer = (next: boolean, clearedErrors: boolean) => ({
      word: 'settled',
      next: next ? this.#told(lease.chatKey, box) : null,
      left: !next && box.queue.length > 0,
      bot: { ...this.bot },
      clearedErrors,
    })
    if (box.done === done) {
      const isNext = isMine && box.queue.length > 0
      if (isNext) box.untilMs = this.nowMs + LEASE_MS
      return answer(isNext, errors > 0)
    }
    if (!isMine || box.queue[0]?.id !== lease.updateId) return { word: 'lost' }
    const cleared = errors > 0 || this.bot.errors > 0
    this.bot.errors = 0
    this.settled++
    this.#remove(box)
    box.done = done
    const goesOn = box.queue.length > 0 && takeNext && !this.isOpen()
    if (!goesOn) this.#free(box)
    else {
      box.attempt = 1
      if (box.untilMs - this.nowMs < (LEASE_MS * 2) / 3) box.untilMs = this.nowMs + LEASE_MS
    }
    return answer(goesOn, cleared)
  }

  fail(lease: Lease, failure: Failure) {
    const box = this.box(lease.chatKey)
    const call = `/${lease.updateId}/${lease.owner}/${lease.fence}`
    const answer = (how: string) => ({
      word: 'failed',
      how,
      errors: this.bot.errors,
      waitMs: Math.max(box.waitMs - this.nowMs, 0),
      left: box.queue.length > 0,
      bot: { ...this.bot },
    })
    for (const how of ['parked', 'dead']) if (box.done === how + call) return answer(how)
    const head = box.queue[0]
    if (!this.isMine(box, lease) || head?.id !== lease.updateId) return { word: 'lost' }

    const isOpen = this.isOpen()
    const blamed = failure.outage && (isOpen || failure.breaker !== '')
    const dies = failure.action === 'dead' && !blamed
    const delayMs = Math.ceil(failure.delayMs)
    if (dies) {
      const [envelope] = this.envelopes(box)
      const text = `${this.nowMs} ${lease.chatKey} ${box.attempt}\n${failure.cause}\n${envelope}`
      this.dead.set(head.id, { chat: lease.chatKey, replays: head.replays, text })
      this.#remove(box)
    } else {
      box.waitMs = this.nowMs + (blamed ? 0 : delayMs)
      if (blamed || failure.action === 'wait') box.attempt = Math.max(box.attempt - 1, 0)
    }
    this.#free(box)
    box.untilMs = this.nowMs
    const how = dies ? 'dead' : 'parked'
    box.done = how + call
    if (failure.countsAsError) this.bot.errors++
    if (failure.breaker !== '' && (!isOpen || this.bot.breaker === 'throttled')) {
      this.bot.breaker = failure.breaker
      this.bot.breakerUntilMs = this.nowMs + 1000
      this.bot.status = failure.breaker === 'token' ? 'UNAUTHORIZED' : 'FAILED'
    } else if (failure.limited && !isOpen) {
      const { atMs, by } = this.limited
      if (by !== '' && by !== lease.chatKey && this.nowMs - atMs < 10_000) {
        this.bot.breaker = 'throttled'
        this.bot.breakerUntilMs = this.nowMs + Math.min(delayMs, 30_000)
      }
      this.limited = { atMs: this.nowMs, by: lease.chatKey }
    }
    return answer(how)
  }

  renew(lease: Lease): 'renewed' | 'lost' {
    const box = this.box(lease.chatKey)
    if (!this.isMine(box, lease)) return 'lost'
    box.untilMs = this.nowMs + LEASE_MS
    return 'renewed'
  }

  take(chat: string, owner: string) {
    const box = this.box(chat)
    const bot = { ...this.bot }
    const refused = (word: string, waitMs: number) => ({ word, waitMs, bot })
    if (box.owner !== owner) {
      if (this.isOpen()) return refused('open', Math.max(this.bot.breakerUntilMs - this.nowMs, 0))
      if (!this.isFree(box)) return refused('busy', box.untilMs - this.nowMs)
      if (box.queue.length === 0) {
        box.emptySinceMs = this.nowMs
        return refused('idle', 0)
      }
      if (this.isWaiting(box)) return refused('waiting', box.waitMs - this.nowMs)
    }
    this.lease(box, owner)
    return { word: 'leased', lease: this.#told(chat, box), bot }
  }

  /** @returns null where a sweep was recent; else the mailboxes that it must return, and those it must purge */
  sweep(intervalMs: number): { found: string[]; forgotten: string[] } | null {
    if (this.sweptAtMs <= this.nowMs && this.nowMs - this.sweptAtMs < intervalMs) return null
    this.sweptAtMs = this.nowMs
    const forgotten: string[] = []
    for (const [chat, { queue, emptySinceMs }] of this.boxes) {
      if (queue.length > 0 || emptySinceMs >= this.nowMs - IDLE_MS) continue
      this.boxes.delete(chat)
      forgotten.push(chat)
    }
    const found = [...this.boxes].filter(([, box]) => this.needsWorker(box)).map(([chat]) => chat)
    return { found, forgotten }
  }

  /** @param call id of the call, which distinguishes a repeated call from another one for the same letter */
  replay(id: string, call?: string): 'replayed' | 'gone' {
    if (call !== undefined && this.acted.has(call)) return 'replayed'
    const letter = this.dead.get(id)
    if (!letter) return 'gone'
    this.dead.delete(id)
    if (call !== undefined) this.acted.add(call)
    this.#append(this.box(letter.chat), { id, acceptedMs: this.nowMs, replays: letter.replays + 1 })
    return 'replayed'
  }

  discard(id: string, call?: string): 'discarded' | 'gone' {
    if (call !== undefined && this.acted.has(call)) return 'discarded'
    if (!this.dead.delete(id)) return 'gone'
    if (call !== undefined) this.acted.add(call)
    this.discarded++
    return 'discarded'
  }

  /** Another mailbox of the chat's shard that needs a worker, which accept returns when it checks for one. */
  expiredBeside(chat: string): string | null {
    const shard = shardOf(chat)
    for (const [other, box] of this.boxes) {
      if (other !== chat && shardOf(other) === shard && this.needsWorker(box)) return other
    }
    return null
  }

  /** All stored data. */
  save(): () => void {
    const boxes = [...this.boxes].map(([chat, box]) => [chat, { ...box, queue: [...box.queue] }] as const)
    const kept = {
      boxes: new Map(boxes),
      seen: new Map(this.seen),
      dead: new Map(this.dead),
      peekedAtMs: new Map(this.peekedAtMs),
      acted: new Set(this.acted),
      bot: { ...this.bot },
      limited: { ...this.limited },
      accepted: this.accepted,
      settled: this.settled,
      discarded: this.discarded,
      sweptAtMs: this.sweptAtMs,
    }
    return () => void Object.assign(this, kept)
  }

  /** An operator's re-initialisation, which begins and ends at once. */
  heal(ok: boolean): void {
    this.bot.status = ok ? 'OK' : 'FAILED'
    if (ok) {
      this.bot.epoch++
      this.bot.info = '{"id":1}'
      this.bot.errors = 0
    }
    this.bot.breakerUntilMs = ok ? 0 : this.nowMs + 1000
    if (this.bot.breaker !== 'paused') this.bot.breaker = ok ? '' : 'telegram'
  }
}
