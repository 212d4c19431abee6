/**
 * Runs the model and the real scripts in step: every call of the simulation runs on both, and after
 * every step the answers and the stored data must be equal. So the production worker gets the answers that
 * the scripts give, under every fault of the simulation.
 */
import assert from 'node:assert/strict'
import { claimHeal, finishHeal } from '../../lib/state/bot-state.ts'
import { replay } from '../../lib/inbox/dead-letters.ts'
import type { Failure } from '../../lib/inbox/fail.ts'
import type { Lease } from '../../lib/inbox/types.ts'
import type { Inbox } from '../support/inbox.ts'
import { InboxModel, payloadOf } from '../support/inbox-model.ts'
import { compareStored } from '../support/inbox-stored.ts'

interface Call {
  what: string
  nowMs: number
  /** Runs the scripts, and compares their answer with the model's. */
  ask: () => Promise<void>
}

export class Mirror extends InboxModel {
  readonly #inbox: Inbox
  readonly #chats: readonly string[]
  /** All calls since the start, and how many of them the scripts have run. */
  #journal: Call[] = []
  #asked = 0
  readonly #ids = new Set<string>()
  readonly #acts = new Set<string>()
  #latestMs = 0
  #isSkewed = false

  constructor(inbox: Inbox, chats: readonly string[]) {
    super()
    this.#inbox = inbox
    this.#chats = chats
  }

  #then(what: string, ask: () => Promise<void>): void {
    this.#isSkewed ||= this.nowMs < this.#latestMs
    this.#latestMs = Math.max(this.#latestMs, this.nowMs)
    this.#journal.push({ what, nowMs: this.nowMs, ask })
  }

  /** Catches up. @throws AssertionError with the call after which they differ */
  async follow(): Promise<void> {
    if (this.#asked === this.#journal.length) return
    const last = this.#journal.at(-1)?.what ?? ''
    await this.#askAll(this.#journal)
    const past = { latestMs: this.#latestMs, isSkewed: this.#isSkewed }
    await named(last, () => compareStored(this.#inbox, this, this.#chats, past))
  }

  async #askAll(journal: readonly Call[]): Promise<void> {
    for (const { what, nowMs, ask } of journal.slice(this.#asked)) {
      this.#inbox.nowMs = nowMs
      await named(what, ask)
      this.#asked++
    }
  }

  override accept(id: string, chat: string, owner: string) {
    const answer = super.accept(id, chat, owner)
    const { looks, ...told } = answer
    const beside = looks ? this.expiredBeside(chat) : null
    this.#ids.add(id)
    this.#then(`accept ${id} by ${owner}`, async () => {
      const { expired, ...real } = await this.#inbox.accept(id, { chat, owner, payload: payloadOf(id) })
      assert.deepEqual(real, told)
      if (!this.#isSkewed) assert.equal(expired, beside, 'the expired mailbox to adopt')
    })
    return answer
  }

  override settle(lease: Lease, takeNext: boolean, errors: number) {
    const told = super.settle(lease, takeNext, errors)
    this.#then(`settle ${lease.updateId} by ${lease.owner}`, async () => {
      assert.deepEqual(await this.#inbox.settle(lease, { takeNext, errors }), told)
    })
    return told
  }

  override fail(lease: Lease, failure: Failure) {
    const told = super.fail(lease, failure)
    this.#then(`fail ${lease.updateId} by ${lease.owner}`, async () => {
      assert.deepEqual(await this.#inbox.fail(lease, failure), told)
    })
    return told
  }

  override renew(lease: Lease) {
    const told = super.renew(lease)
    this.#then(`renew ${lease.chatKey} by ${lease.owner}`, async () => {
      assert.equal(await this.#inbox.renew(lease), told)
    })
    return told
  }

  override take(chat: string, owner: string) {
    const told = super.take(chat, owner)
    this.#then(`take ${chat} by ${owner}`, async () => {
      assert.deepEqual(await this.#inbox.take(chat, owner), told)
    })
    return told
  }

  override sweep(intervalMs: number) {
    const told = super.sweep(intervalMs)
    this.#then('sweep', async () => {
      const found = await this.#inbox.sweep({ intervalMs })
      assert.equal(found === null, told === null, 'whether a sweep was recent')
      // After the clock was set back, the index may have a mailbox later, and return one too many.
      if (!this.#isSkewed) assert.deepEqual(found?.toSorted(), told?.found.toSorted(), 'what a sweep finds')
    })
    return told
  }

  override replay(id: string, call = id) {
    const chatKey = this.dead.get(id)?.chat ?? this.#chats[0] ?? ''
    const told = super.replay(id, call)
    this.#acts.add(call)
    this.#then(`replay ${id}`, async () => {
      const { store } = this.#inbox
      // A repeated call is recognised by its id.
      const keys = { ...store.keys, acted: () => store.keys.acted(call) }
      const count = await replay({ ...store, keys }, { updateId: id, chatKey })
      assert.equal(count, told === 'replayed' ? 1 : 0)
    })
    return told
  }

  override heal(ok: boolean): void {
    super.heal(ok)
    const { epoch } = this.bot
    this.#then('heal', async () => {
      const { store } = this.#inbox
      const owner = this.#inbox.owner()
      assert.equal((await claimHeal(store, owner, 'restart', 10)).word, 'claimed')
      const info = '{"id":1}'
      const result = ok
        ? ({ status: 'OK', info } as const)
        : ({ status: 'FAILED', nextProbeMs: 1000 } as const)
      assert.equal(await finishHeal(store, owner, result), epoch)
    })
  }

  /** A store that has lost its last writes: it has run only the calls before them. */
  override save(): () => void {
    const restore = super.save()
    const seen = this.#journal.length
    return () => {
      restore()
      this.#journal = this.#journal.slice(0, seen)
      this.#journal.push({ what: 'fail over', nowMs: this.nowMs, ask: () => this.#again(seen) })
      this.#asked = seen
    }
  }

  async #again(seen: number): Promise<void> {
    await this.clear()
    this.#asked = 0
    await this.#askAll(this.#journal.slice(0, seen))
  }

  /** Deletes all stored data. */
  async clear(): Promise<void> {
    const { keys } = this.#inbox
    const shards = [...keys.allShards, ...keys.allDue, keys.dead, keys.deadAt, keys.healLock]
    const own = [
      ...this.#chats.map((chat) => keys.backlog(chat)),
      ...[...this.#ids].map((id) => keys.seen(id)),
      ...[...this.#acts].map((call) => keys.acted(call)),
    ]
    await this.#inbox.raw('DEL', ...shards, ...own)
  }
}

async function named(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`the scripts and the model differ at «${what}»: ${message}`, { cause: error })
  }
}
