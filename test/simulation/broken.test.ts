/** The simulation finds faults: each model here lacks one guard, and a sequence must fail for each. */
import { expect, it } from 'vitest'
import type { Failure } from '../../lib/inbox/fail.ts'
import type { Lease } from '../../lib/inbox/types.ts'
import { InboxModel, type ModelBox } from '../support/inbox-model.ts'
import { LEASE_MS } from '../support/inbox.ts'
import { check } from './check.ts'

const SEED = 20_261_121
const ENOUGH = 3000

class LostWakeUp extends InboxModel {
  /** Checks for pending updates before it removes the head, like two separate calls. */
  override settle(lease: Lease, takeNext: boolean, errors: number) {
    const settled = super.settle(lease, takeNext && this.box(lease.chatKey).queue.length < 2, errors)
    return settled.word === 'settled' ? { ...settled, left: false } : settled
  }
}

class Unfenced extends InboxModel {
  protected override isMine(box: ModelBox): boolean {
    return box.queue.length > 0
  }
}

class Everlasting extends InboxModel {
  override isFree({ owner }: ModelBox): boolean {
    return owner === null
  }
}

class Sluggish extends InboxModel {
  /** A lease lasts three times as long. */
  override isFree({ owner, untilMs }: ModelBox): boolean {
    return owner === null || untilMs + 2 * LEASE_MS <= this.nowMs
  }
}

class Shared extends InboxModel {
  override isFree(): boolean {
    return true
  }
}

class Forgetful extends InboxModel {
  override accept(id: string, chat: string, owner: string) {
    if (this.seen.get(id) !== owner) this.seen.delete(id)
    return super.accept(id, chat, owner)
  }
}

class CountsAtFailure extends InboxModel {
  protected override lease(box: ModelBox, owner: string): void {
    const { attempt } = box
    super.lease(box, owner)
    box.attempt = Math.max(attempt, 1)
  }
  override fail(lease: Lease, failure: Failure) {
    const failed = super.fail(lease, failure)
    if (failed.word === 'failed') this.box(lease.chatKey).attempt++
    return failed
  }
}

class Impatient extends InboxModel {
  /** A repeated call is not recognised. */
  override settle(lease: Lease, takeNext: boolean, errors: number) {
    this.box(lease.chatKey).done = '-'
    return super.settle(lease, takeNext, errors)
  }
}

class ReplaysTwice extends InboxModel {
  override replay(id: string, call?: string) {
    const letter = this.dead.get(id)
    const word = super.replay(id, call)
    if (letter) this.dead.set(id, letter)
    return word
  }
}

class Reorders extends InboxModel {
  override accept(id: string, chat: string, owner: string) {
    const accepted = super.accept(id, chat, owner)
    const { queue } = this.box(chat)
    if (queue.length > 2 && accepted.word === 'accepted') queue.push(...queue.splice(1, 1))
    return accepted
  }
}

it.each([
  ['a wake-up is lost', LostWakeUp, /^I5/],
  ['there is no fence', Unfenced, /^I[23]/],
  ['leases do not expire', Everlasting, /^I5/],
  ['leases expire late', Sluggish, /^I5/],
  ['leases exclude no other worker', Shared, /^I3/],
  ['nothing is deduplicated', Forgetful, /^I4/],
  ['attempts are counted at failure', CountsAtFailure, /^I[56]/],
  ['the same settlement again is not known', Impatient, /again is lost/],
  ['a letter is replayed twice', ReplaysTwice, /^I[14]/],
  ['the order is not kept', Reorders, /^I[12]/],
] as const)(
  '%s',
  async (_name, Broken, invariant) => {
    const options = { seed: SEED, runs: ENOUGH, withFailover: false }
    const failure = await check({ ...options, model: () => new Broken() })
    expect(failure, `${Broken.name} gets away with it`).toMatch(invariant)
  },
  120_000,
)

it('a failure is reproduced by its seed and path, in the same order of steps', async () => {
  const options = { seed: SEED, runs: ENOUGH, withFailover: false, model: () => new Shared() }
  const first = (await check(options)) ?? ''
  const [, path] = /SIMULATION_PATH=([\d:]+)/.exec(first) ?? []
  const again = (await check({ ...options, path })) ?? ''
  const told = (report: string) => report.replace(/sequence \d+ of .*\n/, '').split('\nrepeat it with')[0]
  expect(told(again)).toBe(told(first))
}, 120_000)
