/**
 * The invariants, from the store's answers only: the accepted updates, the valid leases, the ended updates.
 * The invariants are those of the fault catalogue:
 *
 *   I1 accepted = settled + pending + dead          I4 an update id is enqueued once within the window
 *   I2 per chat, ended in the order of acceptance    I5 once faults stop, all drains within lease + one sweep
 *   I3 one valid lease; nothing under an old one     I6 attempts are capped, then the next update proceeds
 *                                                    I7 no secret in what is logged or stored
 */
import type { Failed } from '../../lib/inbox/fail.ts'
import type { Settled } from '../../lib/inbox/settle.ts'
import type { Lease } from '../../lib/inbox/types.ts'
import type { InboxModel } from '../support/inbox-model.ts'
import { LEASE_MS } from '../support/inbox.ts'
import { formsOf } from '../support/secret-forms.ts'

interface Holder {
  owner: string
  fence: number
  /** The lease cannot be given to another before this time. */
  untilMs: number
  isFree: boolean
}

/** A fake bot token: the handlers' errors contain it. */
export const CANARY = '7000000007:CANARY_of-the/simulation+token'
const CANARY_FORMS = formsOf(CANARY)

const callOf = ({ updateId, owner, fence }: Lease) => `${updateId}/${owner}/${fence}`

export class Ledger {
  /** The first invariant that did not hold. */
  violation: string | null = null
  readonly appended = new Map<string, string[]>()
  readonly ended = new Map<string, string[]>()
  readonly dead = new Set<string>()
  /** Update id -> its Telegram calls that were sent. */
  readonly sends = new Map<string, number>()
  /** Update id -> how many of its takes count as attempts. */
  readonly takes = new Map<string, number>()
  #latest = new Map<string, Holder>()
  #acceptedBy = new Map<string, string>()
  #ends = new Map<string, string>()
  /** Chat -> the last call that ended a take: repeated, it gets the same answer. */
  readonly #lastEnds = new Map<string, string>()
  #acts = new Set<string>()
  readonly #granted = new Map<string, string>()
  /** After the store has lost writes, two workers may both have a lease of one mailbox. */
  #isWeak = false

  #demand(holds: boolean, what: string): void {
    if (!holds) this.violation ??= what
  }

  #list(map: Map<string, string[]>, chat: string): string[] {
    let list = map.get(chat)
    if (!list) map.set(chat, (list = []))
    return list
  }

  /** Update ids of a chat that have not ended. */
  pending(chat: string): string[] {
    return this.#list(this.appended, chat).slice(this.#list(this.ended, chat).length)
  }

  /** When the lease of a chat ends by the store's clock; 0 without a lease. */
  leaseEndMs(chat: string): number {
    const last = this.#latest.get(chat)
    return last && !last.isFree ? last.untilMs : 0
  }

  /** The updates in progress at one instance, or at all: a fault may cost each of them another attempt. */
  inHand(instance?: string): string[] {
    return [...this.#latest].flatMap(([chat, { owner, isFree }]) => {
      const isTheirs = instance === undefined || owner.startsWith(`${instance}.`)
      return isFree || !isTheirs ? [] : this.pending(chat).slice(0, 1)
    })
  }

  accepted(id: string, chat: string, owner: string, word: string): void {
    const by = this.#acceptedBy.get(id)
    if (word === 'duplicate')
      return this.#demand(by !== undefined, `I1: ${id} is new, and refused as a duplicate`)
    this.#demand(by === undefined || by === owner, `I4: ${id} was accepted from ${by} and from ${owner}`)
    if (by !== undefined) return
    this.#acceptedBy.set(id, owner)
    this.#list(this.appended, chat).push(id)
  }

  leased(lease: Lease, nowMs: number): void {
    const { chatKey, owner, updateId } = lease
    const fence = Number(lease.fence)
    const last = this.#latest.get(chatKey)
    const isSame = last?.owner === owner && last.fence === fence && !last.isFree
    if (!isSame && last) {
      this.#demand(fence > last.fence, `I3: the fence ${fence} does not grow over ${last.fence}`)
      const isOver = last.isFree || last.untilMs <= nowMs || this.#isWeak
      this.#demand(isOver, `I3: ${owner} gets ${chatKey} while ${last.owner} has it`)
    }
    this.#latest.set(chatKey, { owner, fence, untilMs: nowMs + LEASE_MS, isFree: false })
    const [head] = this.pending(chatKey)
    this.#demand(head === updateId, `I2: ${updateId} is leased, the head of ${chatKey} is ${head}`)
    const grant = callOf(lease)
    if (this.#granted.get(chatKey) !== grant) this.takes.set(updateId, (this.takes.get(updateId) ?? 0) + 1)
    this.#granted.set(chatKey, grant)
  }

  /** @returns false for a repeated call */
  #end(lease: Lease, what: string): boolean {
    const call = callOf(lease)
    const before = this.#ends.get(call)
    this.#demand(before === undefined || before === what, `${call} is ${what}, and was ${before}`)
    if (before !== undefined) return false
    this.#ends.set(call, what)
    this.#lastEnds.set(lease.chatKey, call)
    const last = this.#latest.get(lease.chatKey)
    const isLatest = last?.owner === lease.owner && last.fence === Number(lease.fence) && !last.isFree
    this.#demand(isLatest, `I3: ${call} is ${what} under an old lease`)
    if (last) last.isFree = true
    if (what !== 'parked') {
      const [head] = this.pending(lease.chatKey)
      this.#demand(head === lease.updateId, `I2: ${lease.updateId} ends before ${head}`)
      this.#list(this.ended, lease.chatKey).push(lease.updateId)
    }
    return true
  }

  #lost(lease: Lease, ...words: string[]): void {
    const call = callOf(lease)
    const isKnown = this.#lastEnds.get(lease.chatKey) === call && words.includes(this.#ends.get(call) ?? '')
    this.#demand(!isKnown, `${call} again is lost, and was done`)
  }

  settled(lease: Lease, answer: Settled, nowMs: number): void {
    if (answer.word === 'lost') return this.#lost(lease, 'settled')
    const last = this.#latest.get(lease.chatKey)
    const leftMs = (last?.untilMs ?? 0) - nowMs
    const isFirst = this.#end(lease, 'settled')
    if (!answer.next) return
    // It continues under the same lease, which is extended where less than two thirds of it are left.
    if (last) last.isFree = false
    this.leased(answer.next, nowMs)
    const now = this.#latest.get(lease.chatKey)
    if (now && isFirst && leftMs >= (LEASE_MS * 2) / 3) now.untilMs = nowMs + leftMs
  }

  failed(lease: Lease, answer: Failed, isAttempt: boolean): void {
    if (answer.word === 'lost') return this.#lost(lease, 'parked', 'dead')
    if (!this.#end(lease, answer.how)) return
    if (answer.how === 'dead') this.dead.add(lease.updateId)
    else if (!isAttempt) this.takes.set(lease.updateId, (this.takes.get(lease.updateId) ?? 0) - 1)
  }

  renewed({ chatKey, owner, fence }: Lease, word: 'renewed' | 'lost', nowMs: number): void {
    if (word === 'lost') return
    const last = this.#latest.get(chatKey)
    const isLatest = last?.owner === owner && last.fence === Number(fence) && !last.isFree
    this.#demand(isLatest, `I3: ${owner} renews an old lease of ${chatKey}`)
    if (last) last.untilMs = nowMs + LEASE_MS
  }

  /** A purged mailbox starts with the store's clock again, which may have been set back since. */
  forgotten(chat: string): void {
    this.#lastEnds.delete(chat)
    if (this.#isWeak) this.#latest.delete(chat)
  }

  replayed(id: string, chat: string, call: string, word: 'replayed' | 'gone'): void {
    if (word === 'gone') return this.#demand(!this.dead.has(id), `I1: the letter ${id} is said to be gone`)
    if (this.#acts.has(call)) return
    this.#acts.add(call)
    this.#demand(this.dead.delete(id), `I4: ${id} is replayed and was not there`)
    this.#list(this.appended, chat).push(id)
    this.takes.delete(id)
  }

  /** I6: a handler begins; an update that was taken too often gets no further attempt. */
  processed(updateId: string, most: number): void {
    const takes = this.takes.get(updateId) ?? 0
    this.#demand(takes <= most, `I6: ${updateId} is processed though it was taken ${takes} times`)
  }

  /** Something is logged or stored. */
  said(where: string, text: string): void {
    const isLeaked = CANARY_FORMS.some((form) => text.includes(form))
    if (isLeaked) this.#demand(false, `I7: a secret is ${where}: ${text}`)
  }

  /** A Telegram call is sent. @param arrives whether it reaches Telegram */
  sent({ chatKey, owner, fence, updateId }: Lease, arrives: boolean): void {
    const last = this.#latest.get(chatKey)
    const isLatest = last?.owner === owner && last.fence === Number(fence)
    this.#demand(isLatest || this.#isWeak, `I3: ${owner} sends for ${updateId} under an old lease`)
    if (arrives) this.sends.set(updateId, (this.sends.get(updateId) ?? 0) + 1)
  }

  /** I1, I2, I4: the stored updates are those that were accepted and have not ended, in order. */
  compare(model: InboxModel): void {
    for (const [chat, { queue }] of model.boxes) {
      const [stored, known] = [queue.map(({ id }) => id).join(), this.pending(chat).join()]
      this.#demand(stored === known, `I1: pending in ${chat} is [${stored}], not [${known}]`)
    }
    for (const chat of this.appended.keys()) {
      const isThere = model.boxes.has(chat) || this.pending(chat).length === 0
      this.#demand(isThere, `I1: ${chat} was forgotten with what it held`)
    }
    for (const { text } of model.dead.values()) this.said('in a dead letter', text)
    this.#demand(model.dead.size === this.dead.size, `I1: ${model.dead.size} letters, not ${this.dead.size}`)
  }

  /**
   * The store has lost its last writes, also acknowledged ones. From here on these are checked from the stored data:
   * I2 and I4 for the remaining updates, one valid lease (by owner and fence together), I5 and I6. These cannot be
   * checked: that no acknowledged update is missing, that no settled update comes again, and that an owner of a lost
   * lease sends nothing until its next renewal.
   */
  rebase(model: InboxModel): void {
    this.#isWeak = true
    this.appended.clear()
    this.ended.clear()
    this.#latest.clear()
    this.#ends.clear()
    this.#lastEnds.clear()
    this.takes.clear()
    this.dead.clear()
    for (const id of model.dead.keys()) this.dead.add(id)
    this.#acceptedBy = new Map(model.seen)
    this.#acts = new Set(model.acted)
    for (const [chat, { queue, owner, fence, untilMs, done }] of model.boxes) {
      this.appended.set(
        chat,
        queue.map(({ id }) => id),
      )
      this.#latest.set(chat, { owner: owner ?? '', fence, untilMs, isFree: owner === null })
      const [what = '', ...call] = done.split('/')
      if (call.length > 0) this.#ends.set(call.join('/'), what)
    }
  }
}
