/** How many commands the store bills for an update: each EVAL and every command inside it, TIME included. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lease } from '../../lib/inbox/types.ts'
import { countWrongTry, WRONG_TRIES } from '../../lib/auth/login-limit.ts'
import { openOwnInbox, type AcceptOptions, type Inbox } from '../support/inbox.ts'
import { startMonitor, type Monitor } from '../support/inbox-monitor.ts'
import { engines } from '../support/store.ts'

const BUDGET = 14

describe.skipIf(!engines.includes('native'))('commands an update [native]', () => {
  let inbox: Inbox
  let monitor: Monitor
  const sent: AcceptOptions = { user: '42', rate: { requests: 10_000, windowMs: 60_000 } }

  beforeAll(async () => {
    const own = await openOwnInbox({ clock: 'store' })
    inbox = own.inbox
    monitor = await startMonitor(own.redisPort)
    await inbox.sweep()
  })
  afterAll(async () => {
    monitor.close()
    await inbox.cleanup()
  })

  const billed = async (work: () => Promise<unknown>) => {
    const calls = await monitor.during(work)
    return { calls: calls.length, commands: calls.reduce((sum, { inner }) => sum + 1 + inner.length, 0) }
  }
  const next = async (lease: Lease): Promise<Lease> => {
    const settled = await inbox.settle(lease)
    if (settled.word !== 'settled' || !settled.next) throw new Error(settled.word)
    return settled.next
  }

  it('are three at most for a wrong login: the first, one that is counted, one beyond the limit', async () => {
    const tries: number[] = []
    for (let i = 0; i < WRONG_TRIES + 2; i++) {
      tries.push((await billed(() => countWrongTry(inbox.store, 'a-client'))).commands)
    }
    expect(tries).toEqual([3, ...Array.from({ length: WRONG_TRIES - 1 }, () => 2), 3, 3])
  })

  it(`are ${BUDGET} at most in one idle chat`, async () => {
    await inbox.settle(await inbox.leased('1', sent))
    let lease: Lease | undefined
    const accepting = await billed(async () => {
      lease = await inbox.leased('2', sent)
    })
    const settling = await billed(() => inbox.settle(lease as Lease))
    console.log(
      `commands an update, lone and warm: accept ${accepting.commands} + settle ${settling.commands}`,
    )
    expect([accepting.calls, settling.calls]).toEqual([1, 1])
    // Exact, because the budget would hide one command more, which every update pays.
    expect([accepting.commands, settling.commands]).toEqual([8, 5])
    expect(accepting.commands + settling.commands).toBeLessThanOrEqual(BUDGET)
  })

  it(`are ${BUDGET} at most in a busy mailbox, on average and for each update but the first of a second`, async () => {
    const count = 40
    let lease = await inbox.leased('100', sent)
    const accepting: number[] = []
    const settling: number[] = []
    for (let i = 1; i <= count; i++) {
      accepting.push((await billed(() => inbox.accept(String(100 + i), sent))).commands)
    }
    for (let i = 1; i <= count; i++) {
      const { commands } = await billed(async () => {
        lease = await next(lease)
      })
      settling.push(commands)
    }
    await inbox.settle(lease)
    const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
    const mean = (sum(accepting) + sum(settling)) / count
    const usual = Math.min(...accepting) + Math.min(...settling)
    const worst = Math.max(...accepting) + Math.max(...settling)
    console.log(
      `commands an update, busy: accept ${Math.min(...accepting)} + settle ${Math.min(...settling)};` +
        ` mean ${mean.toFixed(2)}, worst ${worst}`,
    )
    expect([Math.min(...accepting), Math.min(...settling)]).toEqual([8, 5])
    expect(usual).toBeLessThanOrEqual(BUDGET)
    expect(mean).toBeLessThanOrEqual(BUDGET)
    // Once a second in each shard, accept checks for an expired mailbox.
    expect(worst).toBeLessThanOrEqual(BUDGET + 1)
  })

  it('do not grow with the number of pending updates', async () => {
    await inbox.filled(
      Array.from({ length: 300 }, (_, index) => String(1000 + index)),
      sent,
    )
    const accepting = await billed(() => inbox.accept('2000', sent))
    console.log(`commands of an acceptance with 300 waiting: ${accepting.commands}`)
    expect(accepting.commands).toBeLessThanOrEqual(9)
  })
})
