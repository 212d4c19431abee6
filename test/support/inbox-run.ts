/**
 * Runs a sequence of operations on the real inbox and on the model, and compares after each one: the answer,
 * the stored data, and a ledger of accepted, settled and dead-lettered updates, which is made from the real answers
 * only. The invariants are those of the fault catalogue:
 *
 *   I1 accepted = settled + pending + dead          I4 an update id is enqueued once within the window
 *   I2 per chat, settled in the order of acceptance  I5 once faults stop, all drains within lease + one sweep
 *   I3 one valid fence; nothing under an old one     I6 attempts are capped, then the next update proceeds
 */
import assert from 'node:assert/strict'
import { claimHeal, finishHeal } from '../../lib/state/bot-state.ts'
import { discard, replay } from '../../lib/inbox/dead-letters.ts'
import type { Failure } from '../../lib/inbox/fail.ts'
import type { Lease } from '../../lib/inbox/types.ts'
import { shardOf } from '../../lib/redis.ts'
import { readSnapshot } from '../../lib/state/snapshot.ts'
import {
  CHAT,
  failure,
  HOUR_MS,
  LEASE_MS,
  losingAnswers,
  NEIGHBOURS,
  openInbox,
  START_MS,
  STRANGERS,
  SWEEP_MS,
  type Inbox,
} from './inbox.ts'
import { InboxModel, payloadOf } from './inbox-model.ts'
import { compareStored } from './inbox-stored.ts'
import type { TestStore } from './store.ts'
import type { EngineKind } from '../../lib/dev/store/engine.ts'

const MAX_ATTEMPTS = 3
const CHATS = [CHAT, NEIGHBOURS[0] ?? '', NEIGHBOURS[1] ?? '', STRANGERS[0] ?? '']

export type Way = 'retry' | 'wait' | 'dead' | 'outage' | 'telegram' | 'token' | 'limited'

/** One step. `pick` chooses among the current workers, ids, letters and earlier calls. */
export type Op =
  | { op: 'accept'; chat: number; again: boolean }
  | { op: 'redeliver'; pick: number; again: boolean }
  | { op: 'settle'; pick: number; takeNext: boolean; again: boolean }
  | { op: 'fail'; pick: number; way: Way; delayMs: number; again: boolean }
  | { op: 'renew'; pick: number; again: boolean }
  | { op: 'take'; chat: number; again: boolean }
  | { op: 'sweep'; intervalMs: number; adopt: boolean }
  | { op: 'advance'; ms: number }
  | { op: 'age'; hours: number }
  | { op: 'skew'; ms: number }
  | { op: 'crash'; pick: number }
  | { op: 'replay'; pick: number; again: boolean }
  | { op: 'discard'; pick: number; again: boolean }
  | { op: 'breaker'; name: '' | 'telegram' | 'paused' }
  | { op: 'heal'; ok: boolean }
  | { op: 'repeat'; pick: number }
  | { op: 'forge'; pick: number; what: 'owner' | 'fence' | 'updateId'; how: 'settle' | 'fail' | 'renew' }
  | { op: 'flush' }

interface Worker {
  lease: Lease
  errors: number
}

const isLost = (answer: { word: string }): answer is { word: 'lost' } => answer.word === 'lost'

/** @throws with the steps so far when anything differs */
export async function runOps(
  engine: EngineKind,
  shared: TestStore,
  name: string,
  ops: readonly Op[],
): Promise<void> {
  const test = { ...shared, prefix: `${shared.prefix}${name}`, cleanup: () => Promise.resolve() }
  const run = new Run(openInbox(engine, { wire: 'resp', test }))
  try {
    for (const op of ops) await run.step(op)
    await run.finish()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`${message}\n\nsteps, the last one failed:\n  ${run.trace.join('\n  ')}`, {
      cause: error,
    })
  } finally {
    await run.clear()
  }
}

class Run {
  readonly trace: string[] = []
  readonly #inbox: Inbox
  readonly #model = new InboxModel()
  readonly #ids: { id: string; chat: string }[] = []
  #workers: Worker[] = []
  /** The last calls, to repeat them as if their answers had been lost. */
  #calls: { what: string; call: () => Promise<unknown> }[] = []
  #latestMs = START_MS
  /** True from the first time that the clock went back. */
  #isSkewed = false

  /** Chat -> its score in the index after the last step. */
  #scores = new Map<string, number>()

  // The ledger, only from real answers.
  readonly #appended = new Map<string, string[]>(CHATS.map((chat) => [chat, []]))
  readonly #removed = new Map<string, string[]>(CHATS.map((chat) => [chat, []]))
  readonly #fences = new Map<string, { fence: number; owner: string }>()
  readonly #forgotten = new Set<string>()
  /** Chat -> the last update that ended, and its lease. */
  readonly #lastEnd = new Map<string, string>()
  readonly #known = new Set<string>()
  /** Every lease that was ever given, by head. */
  readonly #given = new Set<string>()

  constructor(inbox: Inbox) {
    this.#inbox = inbox
  }

  async step(op: Op): Promise<void> {
    this.trace.push(JSON.stringify(op))
    await this.#do(op)
    await this.#compareStored()
  }

  #say(text: string): void {
    this.trace[this.trace.length - 1] += ` → ${text}`
  }

  /** An id can be twice in a mailbox only after a failure of the store, which is not tested here. */
  #isPending(id: string, chat: string): boolean {
    return this.#model.box(chat).queue.some((update) => update.id === id)
  }

  #pickWorker(pick: number): Worker | undefined {
    return this.#workers[pick % this.#workers.length]
  }

  async #do(op: Op): Promise<void> {
    switch (op.op) {
      case 'accept': {
        const id = String(this.#ids.length + 1)
        const chat = CHATS[op.chat % CHATS.length] ?? CHAT
        this.#ids.push({ id, chat })
        return this.#twice(op.again, this.#accept(id, chat))
      }
      case 'redeliver': {
        const update = this.#ids[op.pick % this.#ids.length]
        return update && this.#twice(op.again, this.#accept(update.id, update.chat))
      }
      case 'settle': {
        const worker = this.#pickWorker(op.pick)
        return worker && this.#twice(op.again, this.#settle(worker.lease, op.takeNext, worker.errors))
      }
      case 'fail': {
        const worker = this.#pickWorker(op.pick)
        if (!worker) return
        const isLast = worker.lease.attempt >= MAX_ATTEMPTS
        return this.#twice(op.again, this.#fail(worker.lease, failureOf(op.way, op.delayMs, isLast)))
      }
      case 'renew': {
        const worker = this.#pickWorker(op.pick)
        return worker && this.#twice(op.again, this.#renew(worker.lease))
      }
      case 'take':
        return this.#twice(op.again, this.#take(CHATS[op.chat % CHATS.length] ?? CHAT))
      case 'sweep': {
        const found = await this.#sweep(op.intervalMs)
        if (op.adopt) for (const chat of found) await this.#take(chat)()
        return
      }
      case 'advance':
        return this.#setClock(this.#inbox.nowMs + op.ms)
      case 'age':
        return this.#age(op.hours * HOUR_MS)
      case 'skew':
        return this.#setClock(this.#inbox.nowMs + op.ms)
      case 'crash': {
        const worker = this.#pickWorker(op.pick)
        this.#workers = this.#workers.filter((each) => each !== worker)
        return
      }
      case 'replay': {
        const id = this.#letter(op.pick)
        return id === undefined ? undefined : this.#replay(id, op.again)
      }
      case 'discard': {
        const id = this.#letter(op.pick)
        return id === undefined ? undefined : this.#discard(id, op.again)
      }
      case 'breaker':
        this.#model.bot.breaker = op.name
        this.#model.bot.breakerUntilMs = this.#inbox.nowMs + 1000
        return this.#inbox.setBot({ breaker: op.name, breaker_until: this.#inbox.nowMs + 1000 })
      case 'heal':
        return this.#heal(op.ok)
      case 'repeat': {
        const earlier = this.#calls[op.pick % this.#calls.length]
        if (!earlier) return
        this.#say(`again: ${earlier.what}`)
        await earlier.call()
        return
      }
      case 'forge':
        return this.#forge(op)
      case 'flush':
        await this.#inbox.raw('SCRIPT', 'FLUSH')
    }
  }

  /** Makes a call, records it, and optionally repeats it at once: the answer must be the same. */
  async #twice(again: boolean, call: () => Promise<unknown>): Promise<void> {
    const answer = await call()
    this.#calls = [...this.#calls.slice(-11), { what: this.trace.at(-1)?.split(' → ')[0] ?? '', call }]
    if (!again) return
    this.#say('again')
    assert.deepEqual(await call(), answer, 'the same call by the same owner gets the same answer')
  }

  #accept(id: string, chat: string): () => Promise<unknown> {
    const owner = this.#inbox.owner()
    return async () => {
      if (this.#isPending(id, chat) && !this.#model.seen.has(id)) return null
      const { looks, ...expected } = this.#model.accept(id, chat, owner)
      const { expired, ...answer } = await this.#inbox.accept(id, { chat, owner, payload: payloadOf(id) })
      this.#say(`${answer.word} ${describe(answer.lease)}`)
      assert.deepEqual(answer, expected)
      this.#checkExpired(chat, expired, looks, answer.lease !== null)
      if (answer.word === 'accepted' && !this.#known.has(id)) {
        this.#known.add(id)
        this.#appended.get(chat)?.push(id)
      }
      if (answer.lease) this.#hold(answer.lease, answer.bot.errors)
      // A repeated call need not repeat `expired` and `sweepDue`.
      return { word: answer.word, lease: answer.lease, bot: answer.bot }
    }
  }

  #checkExpired(own: string, expired: string | null, looks: boolean, leased: boolean): void {
    const waiting = CHATS.filter(
      (chat) =>
        chat !== own && shardOf(chat) === shardOf(own) && this.#model.needsWorker(this.#model.box(chat)),
    )
    if (!looks) return assert.equal(expired, null, 'looks for expired mailboxes once a second')
    if (expired === null) {
      if (!this.#isSkewed && leased) assert.deepEqual(waiting, [], 'an expired mailbox was overlooked')
      return
    }
    assert.ok(expired !== own && shardOf(expired) === shardOf(own))
    if (!this.#isSkewed) assert.ok(waiting.includes(expired), `${expired} needs no worker`)
  }

  #settle(lease: Lease, takeNext: boolean, errors: number): () => Promise<unknown> {
    return async () => {
      const expected = this.#model.settle(lease, takeNext, errors)
      const answer = await this.#inbox.settle(lease, { takeNext, errors })
      this.#say(isLost(answer) ? 'lost' : `settled ${describe(answer.next)}`)
      assert.deepEqual(answer, expected)
      this.#drop(lease)
      if (isLost(answer)) return answer
      this.#end(lease)
      if (answer.next) this.#hold(answer.next, answer.bot.errors)
      return { word: answer.word, next: answer.next, left: answer.left }
    }
  }

  #fail(lease: Lease, what: Failure): () => Promise<unknown> {
    return async () => {
      const expected = this.#model.fail(lease, what)
      const answer = await this.#inbox.fail(lease, what)
      this.#say(isLost(answer) ? 'lost' : answer.how)
      assert.deepEqual(answer, expected)
      this.#drop(lease)
      if (!isLost(answer) && answer.how === 'dead') this.#end(lease)
      return answer
    }
  }

  #renew(lease: Lease): () => Promise<unknown> {
    return async () => {
      const expected = this.#model.renew(lease)
      const answer = await this.#inbox.renew(lease)
      this.#say(answer)
      assert.equal(answer, expected)
      if (answer === 'lost') this.#drop(lease)
      else assert.equal(this.#fences.get(lease.chatKey)?.owner, lease.owner, 'I3: renewed under an old fence')
      return answer
    }
  }

  #take(chat: string): () => Promise<unknown> {
    const owner = this.#inbox.owner()
    return async () => {
      const expected = this.#model.take(chat, owner)
      const answer = await this.#inbox.take(chat, owner)
      this.#say(answer.word === 'leased' ? describe(answer.lease) : answer.word)
      assert.deepEqual(answer, expected)
      if (answer.word === 'leased') this.#hold(answer.lease, answer.bot.errors)
      return answer
    }
  }

  async #sweep(intervalMs: number): Promise<string[]> {
    const isSetBack = this.#model.sweptAtMs > this.#inbox.nowMs
    const expected = this.#model.sweep(intervalMs)
    const found = await this.#inbox.sweep({ intervalMs })
    this.#say(found === null ? 'recent' : `found [${found.join()}]`)
    if (expected === null) {
      assert.equal(found, null)
      return []
    }
    for (const chat of expected.forgotten) this.#forgotten.add(chat)
    assert.ok(found)
    assert.equal(new Set(found).size, found.length)
    if (this.#isSkewed) {
      // When the last sweep is in the future, the sweep also makes later entries of the index due.
      const isKnown = (chat: string) => isSetBack || (this.#scores.get(chat) ?? 0) <= this.#inbox.nowMs
      for (const chat of expected.found.filter(isKnown)) {
        assert.ok(found.includes(chat), `the sweep overlooked ${chat}`)
      }
      for (const chat of found) assert.notEqual(this.#model.box(chat).queue.length, 0, `${chat} is empty`)
    } else assert.deepEqual(found.toSorted(), expected.found.toSorted())
    return found
  }

  #letter(pick: number): string | undefined {
    const ids = [...this.#model.dead.keys()]
    return ids[pick % ids.length]
  }

  async #replay(updateId: string, again: boolean): Promise<void> {
    const chatKey = this.#model.dead.get(updateId)?.chat ?? ''
    if (this.#isPending(updateId, chatKey)) return
    // Optionally the answer is lost, and the store's client repeats the same call.
    const store = again ? losingAnswers(this.#inbox.store) : this.#inbox.store
    const isThere = this.#model.replay(updateId) === 'replayed'
    assert.equal(await replay(store, { updateId, chatKey }), isThere ? 1 : 0)
    this.#appended.get(chatKey)?.push(updateId)
    if (again) assert.equal(await replay(this.#inbox.store, { updateId, chatKey }), 0)
  }

  async #discard(updateId: string, again: boolean): Promise<void> {
    const store = again ? losingAnswers(this.#inbox.store) : this.#inbox.store
    const isThere = this.#model.discard(updateId) === 'discarded'
    assert.equal(await discard(store, updateId), isThere ? 1 : 0)
    if (again) assert.equal(await discard(this.#inbox.store, updateId), 0)
  }

  async #heal(ok: boolean): Promise<void> {
    const owner = this.#inbox.owner()
    const { store } = this.#inbox
    assert.equal((await claimHeal(store, owner, 'restart', 10)).word, 'claimed')
    const { status } = this.#model.bot
    assert.equal((await readSnapshot(store)).botStatus, status === 'OK' ? 'REINITIALIZING' : status)
    const result = ok
      ? { status: 'OK' as const, info: '{"id":1}' }
      : { status: 'FAILED' as const, nextProbeMs: 1000 }
    this.#model.heal(ok)
    assert.equal(await finishHeal(store, owner, result), this.#model.bot.epoch)
  }

  async #forge({ pick, what, how }: Op & { op: 'forge' }): Promise<void> {
    const lease = this.#pickWorker(pick)?.lease
    if (!lease) return
    const changed = { owner: 'nobody', fence: String(Number(lease.fence) - 1), updateId: '0' }[what]
    const forged = { ...lease, [what]: changed }
    if (this.#given.has(nameOf(forged))) {
      // Valid: its owner had that lease once and repeats its call.
      if (how === 'renew') await this.#renew(forged)()
      else if (how === 'settle') await this.#settle(forged, true, 0)()
      else await this.#fail(forged, failureOf('dead', 0, true))()
      return
    }
    if (how === 'renew') {
      // renew() names no head.
      if (what !== 'updateId') assert.equal(await this.#inbox.renew(forged), 'lost')
    } else if (how === 'settle') assert.deepEqual(await this.#inbox.settle(forged), { word: 'lost' })
    else assert.deepEqual(await this.#inbox.fail(forged, { action: 'dead' }), { word: 'lost' })
  }

  #setClock(ms: number): void {
    if (ms < this.#inbox.nowMs) this.#isSkewed = true
    this.#inbox.nowMs = ms
    this.#model.nowMs = ms
    this.#latestMs = Math.max(this.#latestMs, ms)
  }

  readonly #ages = new Map<string, number>()
  /** Advances the time also for expiry: after 48 h an id is new again. */
  async #age(ms: number): Promise<void> {
    for (const { id } of this.#ids) this.#ages.set(id, (this.#ages.get(id) ?? 0) + ms)
    const keys = this.#ids.map(({ id }) => this.#inbox.keys.seen(id))
    await this.#inbox.pass(ms, keys)
    this.#setClock(this.#inbox.nowMs)
    for (const [id, age] of this.#ages) {
      if (age <= 48 * HOUR_MS) continue
      this.#model.seen.delete(id)
      this.#known.delete(id)
      this.#ages.delete(id)
    }
  }

  #hold(lease: Lease, errors: number): void {
    const { chatKey, owner, fence } = lease
    this.#given.add(nameOf(lease))
    // A purged mailbox starts with the clock again, which may have been set back since.
    const isAnew = this.#isSkewed && this.#forgotten.delete(chatKey)
    const last = isAnew ? undefined : this.#fences.get(chatKey)
    // A repeated call keeps its fence; an owner whose lease has ended gets a new one.
    const least = (last?.fence ?? 0) + (last?.owner === owner ? 0 : 1)
    assert.ok(Number(fence) >= least, `I3: the fence ${fence} does not grow over ${last?.fence}`)
    this.#fences.set(chatKey, { fence: Number(fence), owner })
    this.#workers = this.#workers.filter(
      (each) => each.lease.owner !== owner || each.lease.chatKey !== chatKey,
    )
    this.#workers.push({ lease, errors })
  }

  #drop({ owner, chatKey, updateId }: Lease): void {
    this.#workers = this.#workers.filter(
      ({ lease }) => lease.owner !== owner || lease.chatKey !== chatKey || lease.updateId !== updateId,
    )
  }

  /** An update ended: settled or dead. */
  #end({ chatKey, owner, fence, updateId }: Lease): void {
    const end = `${updateId}/${owner}/${fence}`
    // The same call again ends nothing.
    if (this.#lastEnd.get(chatKey) === end) return
    this.#lastEnd.set(chatKey, end)
    assert.deepEqual(
      this.#fences.get(chatKey),
      { fence: Number(fence), owner },
      'I3: ended under an old fence',
    )
    this.#removed.get(chatKey)?.push(updateId)
  }

  /** Compares the stored data with the model and with the ledger. */
  async #compareStored(): Promise<void> {
    const past = { latestMs: this.#latestMs, isSkewed: this.#isSkewed }
    const { pending, scores } = await compareStored(this.#inbox, this.#model, CHATS, past)
    this.#scores = scores
    for (const chat of CHATS) {
      assert.deepEqual(
        [...(this.#removed.get(chat) ?? []), ...(pending.get(chat) ?? [])],
        this.#appended.get(chat),
        `I1, I2, I4: what was accepted in ${chat} is settled or pending, in order, once`,
      )
    }
  }

  /** Faults stop: every worker has ended, the breaker is closed. Sweeps alone must drain everything. */
  async finish(): Promise<void> {
    this.trace.push('the end')
    this.#workers = []
    this.#calls = []
    await this.#do({ op: 'breaker', name: '' })
    this.#setClock(this.#latestMs + LEASE_MS + SWEEP_MS)
    for (let round = 0; CHATS.some((chat) => this.#model.box(chat).queue.length > 0); round++) {
      assert.ok(round < 50, 'I5: it does not come to an end')
      for (const chat of await this.#sweep(0)) {
        await this.#take(chat)()
        const worker = () => this.#workers.find(({ lease }) => lease.chatKey === chat)
        let heads = this.#model.box(chat).queue.length
        for (let current = worker(); current; current = worker()) {
          assert.ok(heads-- > 0, `I5: ${chat} does not come to an end`)
          // A head that was taken too often becomes a dead letter, and the next one proceeds.
          const isTooOften = current.lease.attempt > MAX_ATTEMPTS
          if (isTooOften) await this.#fail(current.lease, failureOf('dead', 0, true))()
          else await this.#settle(current.lease, true, current.errors)()
          if (!worker() && this.#model.needsWorker(this.#model.box(chat))) await this.#take(chat)()
        }
      }
      const left = CHATS.map((chat) => this.#model.box(chat)).filter(({ queue }) => queue.length > 0)
      // One sweep is enough for all mailboxes except those that wait for a retry.
      assert.ok(
        left.every(({ waitMs }) => waitMs > this.#inbox.nowMs),
        'I5: not drained by one sweep after a lease',
      )
      if (left.length > 0) this.#setClock(Math.min(...left.map(({ waitMs }) => waitMs)))
    }
    await this.#compareStored()
  }

  async clear(): Promise<void> {
    const { keys } = this.#inbox
    const all = [...keys.allShards, ...keys.allDue, keys.dead, keys.deadAt, keys.healLock]
    const own = [...CHATS.map((chat) => keys.backlog(chat)), ...this.#ids.map(({ id }) => keys.seen(id))]
    await this.#inbox.raw('DEL', ...all, ...own)
  }
}

function failureOf(way: Way, delayMs: number, isLast: boolean): Failure {
  const changes: Record<Way, Partial<Failure>> = {
    retry: { action: isLast ? 'dead' : 'retry', countsAsError: true },
    wait: { action: 'wait' },
    dead: { action: 'dead', countsAsError: true },
    outage: { action: isLast ? 'dead' : 'retry', countsAsError: true, outage: true },
    telegram: { action: 'wait', outage: true, breaker: 'telegram' },
    token: { action: 'wait', outage: true, breaker: 'token' },
    limited: { action: 'wait', limited: true },
  }
  return failure({ delayMs, ...changes[way] })
}

const nameOf = ({ chatKey, owner, fence, updateId }: Lease) => [chatKey, owner, fence, updateId].join('/')

const describe = (lease: Lease | null): string =>
  lease === null
    ? 'no lease'
    : `${lease.owner} has ${lease.updateId} of ${lease.chatKey} for the ${lease.attempt}.`
